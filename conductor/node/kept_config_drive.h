// SPDX-License-Identifier: GPL-3.0-or-later
//
// A config drive may have megabytes, and the fields that it is one of are read and written again and again. So it is
// kept apart from them, and a reference stands in its place. Pure.
#pragma once

#include "base/json.h"

#include <optional>
#include <string>

namespace isolde::conductor {

/// What stands in place of the drive that is kept under `id`.
base::Json config_drive_reference(const std::string& id);

/// The id in a reference; nothing when `configdrive` is none.
std::optional<std::string> referenced_config_drive(const base::Json& configdrive);

/// The drive in instance_info or in a deployment's fields that has to be kept apart: one that is given there, as parts
/// or packed. Null when there is none, or a reference, or a URL.
const base::Json* config_drive_to_keep(const base::Json& fields);

}  // namespace isolde::conductor
