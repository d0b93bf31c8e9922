// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/compression.h"

#include "image/fields.h"

namespace isolde::image {
namespace {

using namespace std::string_view_literals;

struct Magic {
    std::string_view bytes;
    StreamFormat format;
};

constexpr Magic kMagics[] = {
    {"\x1f\x8b"sv, StreamFormat::Gzip},
    {"\xfd"
     "7zXZ\0"sv,
     StreamFormat::Xz},
    {"\x5d\0\0"sv, StreamFormat::Lzma},
    {"\x28\xb5\x2f\xfd"sv, StreamFormat::Zstd},
    {"\x04\x22\x4d\x18"sv, StreamFormat::Lz4},
    {"\x02\x21\x4c\x18"sv, StreamFormat::Lz4},
    {"\x89LZO\0\r"sv, StreamFormat::Lzop},
    {"BZh"sv, StreamFormat::Bzip2},
    {"070701"sv, StreamFormat::CpioNewc},
    {"070702"sv, StreamFormat::CpioNewc},
};

}  // namespace

StreamFormat stream_format(base::ByteView first_bytes) {
    for (const Magic& magic : kMagics) {
        if (holds(first_bytes, 0, magic.bytes)) {
            return magic.format;
        }
    }
    return StreamFormat::Unknown;
}

std::string_view to_string(StreamFormat format) {
    constexpr std::string_view kNames[] = {"unknown", "gzip", "xz", "lzma", "zstd", "lz4", "lzop", "bzip2", "cpio"};
    return kNames[static_cast<std::size_t>(format)];
}

}  // namespace isolde::image
