// SPDX-License-Identifier: GPL-3.0-or-later
//
// The `inject_files` of a deployment: [{path, kind, content | content_base64 | url, checksum, link_target, mode,
// target, secret}]. Pure.
#pragma once

#include "base/json.h"
#include "base/result.h"
#include "conductor/node/deployment_fields.h"

#include <string>
#include <vector>

namespace isolde::conductor {

/// The files in `value`, an array; null gives none. `field` names it in errors.
/// Errors: InvalidArgument naming the file by its place in the array; Unsupported (a URL of another scheme than http,
/// https and file); Exhausted above the limits of deployment_fields.h for one file and for their number. Contents never
/// appear in an error.
base::Result<std::vector<InjectFile>> read_inject_files(const base::Json& value, const std::string& field);

}  // namespace isolde::conductor
