// SPDX-License-Identifier: GPL-3.0-or-later
//
// The `presets` of a deployment: answer files by their kind, [{kind, content | content_base64, meta_data |
// meta_data_base64, secret}]. Where each goes is the composer's knowledge. Pure.
#pragma once

#include "base/json.h"
#include "base/result.h"
#include "conductor/node/deployment_fields.h"

#include <string>
#include <vector>

namespace isolde::conductor {

/// The presets in `value`, an array; null gives none. Each kind may be there once. Secret unless it says otherwise, for
/// answer files hold passwords. `field` names it in errors.
/// Errors: InvalidArgument naming the preset by its place in the array; Exhausted above the limits of
/// deployment_fields.h for one file. Contents never appear in an error.
base::Result<std::vector<PresetFile>> read_presets(const base::Json& value, const std::string& field);

}  // namespace isolde::conductor
