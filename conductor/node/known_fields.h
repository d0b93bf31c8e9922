// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the readers of this folder share about the keys of instance_info; the tables themselves are reached through
// deployment_fields.h.
#pragma once

#include "base/json.h"
#include "base/result.h"
#include "conductor/node/deployment_fields.h"

#include <string>

namespace isolde::conductor {

/// null, "", "null", {} and []: how clients write "none".
bool asks_for_nothing(const base::Json& value);

/// Errors: Unsupported for the first Refused field of `fields` that asks for something; `place` goes before its name.
base::Result<void> refuse_unsupported(const base::Json& fields, const std::string& place);

}  // namespace isolde::conductor
