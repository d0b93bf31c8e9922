// SPDX-License-Identifier: GPL-3.0-or-later
//
// What a stream of bytes is by its first bytes: the formats that initrds and downloads come in.
#pragma once

#include "base/encoding.h"

#include <cstdint>
#include <string_view>

namespace isolde::image {

enum class StreamFormat : std::uint8_t { Unknown, Gzip, Xz, Lzma, Zstd, Lz4, Lzop, Bzip2, CpioNewc };

/// Looks at the first 6 bytes at most. Lz4: frames and the legacy form of kernels. CpioNewc: with and without
/// checksums.
StreamFormat stream_format(base::ByteView first_bytes);
/// "gzip", "cpio", "unknown".
std::string_view to_string(StreamFormat format);

}  // namespace isolde::image
