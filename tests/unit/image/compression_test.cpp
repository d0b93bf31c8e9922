// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/compression.h"

#include <gtest/gtest.h>

namespace isolde::image {
namespace {

using namespace std::string_view_literals;

TEST(StreamFormat, IsToldByTheFirstBytes) {
    struct Row {
        std::string_view bytes;
        std::string_view name;
    };
    const Row rows[] = {
        {"\x1f\x8b\x08\0\0\0"sv, "gzip"},
        {"\xfd"
         "7zXZ\0"sv,
         "xz"},
        {"\x28\xb5\x2f\xfd"sv, "zstd"},
        {"\x04\x22\x4d\x18"sv, "lz4"},
        {"\x02\x21\x4c\x18"sv, "lz4"},
        {"BZh91AY"sv, "bzip2"},
        {"070701"sv, "cpio"},
        {"070702"sv, "cpio"},
        {"070707"sv, "unknown"},
        {"\x1f"sv, "unknown"},
        {""sv, "unknown"},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(to_string(stream_format(base::as_bytes(row.bytes))), row.name) << row.bytes;
    }
}

}  // namespace
}  // namespace isolde::image
