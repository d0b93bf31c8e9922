// SPDX-License-Identifier: GPL-3.0-or-later
//
// The `media` of a deployment: images for slots of their own, [{role, source, checksum}]. Pure.
#pragma once

#include "base/json.h"
#include "base/result.h"
#include "conductor/node/deployment_fields.h"

#include <vector>

namespace isolde::conductor {

/// Each role at most once. Errors: InvalidArgument naming the medium by its place in the array, Unsupported for a
/// source that is no http, https or file URL.
base::Result<std::vector<MediumField>> read_media(const base::JsonReader& info);

}  // namespace isolde::conductor
