// SPDX-License-Identifier: GPL-3.0-or-later
//
// Opens files beneath allowed roots and nothing else: the kernel resolves the path (openat2, RESOLVE_BENEATH), so no
// "..", no symbolic link and no race leads out.
#pragma once

#include "base/files.h"
#include "base/result.h"

#include <string>
#include <vector>

namespace isolde::cache {

/// A regular file, opened for reading. Errors: InvalidArgument (beneath no root, leads out of its root, no regular
/// file; names the setting), NotFound, Unauthorized, Internal.
base::Result<base::UniqueFd> open_beneath(const std::vector<std::string>& roots, const std::string& path);

}  // namespace isolde::cache
