// SPDX-License-Identifier: GPL-3.0-or-later
//
// Where a deployment boots from: fields that name a file to fetch, `kernel`, `ramdisk` and `bootloader` among them,
// each with a checksum beside it. Pure.
#pragma once

#include "base/json.h"
#include "base/result.h"
#include "conductor/node/deployment_fields.h"

#include <optional>
#include <string>

namespace isolde::conductor {

/// The URL in `name` with the digest in `name`_checksum; nothing when it is empty. Errors: InvalidArgument (a checksum
/// without its URL, or of no known form), Unsupported (no http, https or file URL); each names the field.
base::Result<std::optional<SourceField>> read_source(const base::JsonReader& info, const std::string& name);

/// kernel and ramdisk, which go together, with bootloader of instance_info, else of driver_info. Nothing when there is
/// no kernel and no ramdisk. Errors: InvalidArgument (one without the other, a bootloader without them), as
/// read_source.
base::Result<std::optional<KernelField>> read_kernel(const base::JsonReader& instance, const base::JsonReader& driver);

}  // namespace isolde::conductor
