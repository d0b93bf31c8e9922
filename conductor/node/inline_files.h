// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the fields that carry files inline have in common: paths, contents, their sizes. Pure.
#pragma once

#include "base/encoding.h"
#include "base/json.h"
#include "base/result.h"

#include <optional>
#include <string>
#include <string_view>

namespace isolde::conductor {

/// Absolute, no empty, "." or ".." part, no control character, parts of 255 and a whole of 1024 bytes at most. Errors:
/// InvalidArgument naming `field`.
base::Result<void> check_path(const std::string& path, const std::string& field);

/// The member `name` as text, or `name`_base64: the bytes of one of them, nothing when neither is there. Errors:
/// InvalidArgument (both, another type, no base64), Exhausted above kLargestInjectedFile. Never shows the content.
base::Result<std::optional<base::Bytes>> read_inline(const base::JsonReader& holder, std::string_view name);

/// The same where one has to be there.
base::Result<base::Bytes> read_content(const base::JsonReader& holder);

}  // namespace isolde::conductor
