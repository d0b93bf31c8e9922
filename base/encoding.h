// SPDX-License-Identifier: GPL-3.0-or-later
//
// Bytes as text and back: hex, base32 (RFC 4648 alphabet, lower case, no padding), base64 (RFC 4648 §4).
#pragma once

#include "base/result.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace isolde::base {

using Bytes = std::vector<std::byte>;
using ByteView = std::span<const std::byte>;

ByteView as_bytes(std::string_view text);
Bytes to_bytes(std::string_view text);
std::string_view as_text(ByteView bytes);

std::string to_hex(ByteView bytes);
/// Errors: InvalidArgument (odd length, a character that is no hex digit).
Result<Bytes> from_hex(std::string_view text);

/// 16 bytes give 26 characters.
std::string to_base32(ByteView bytes);

std::string to_base64(ByteView bytes);
/// Accepts white space between characters; padding is required. Errors: InvalidArgument.
Result<Bytes> from_base64(std::string_view text);

}  // namespace isolde::base
