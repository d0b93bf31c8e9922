// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/build/gzip.h"

#include <gtest/gtest.h>

namespace isolde::vmedia {
namespace {

using base::ErrorKind;

/// `printf hello | gzip -n | base64`
const base::Bytes kHello = base::from_base64("H4sIAAAAAAAAA8tIzcnJBwCGphA2BQAAAA==").value();

base::Bytes joined(base::Bytes first, const base::Bytes& second) {
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

TEST(Gunzip, UnpacksOneMemberOrMore) {
    EXPECT_EQ(base::as_text(gunzip(kHello, base::kibibytes(1)).value()), "hello");
    EXPECT_EQ(base::as_text(gunzip(joined(kHello, kHello), base::kibibytes(1)).value()), "hellohello");
}

TEST(Gunzip, RefusesWhatIsDamagedOrTooLarge) {
    struct Row {
        const char* name;
        base::Bytes packed;
        ErrorKind kind = ErrorKind::Corrupt;
    };
    base::Bytes wrong_check = kHello;
    wrong_check[kHello.size() - 5] ^= std::byte{1};
    const std::vector<Row> rows{
        {"nothing", {}},
        {"no gzip", base::to_bytes("hello, world")},
        {"cut short", {kHello.begin(), kHello.end() - 3}},
        {"a wrong check sum", wrong_check},
        {"something behind it", joined(kHello, base::to_bytes("x"))},
        {"five bytes where four may be", kHello, ErrorKind::Exhausted},
    };
    for (const auto& row : rows) {
        const auto content = gunzip(row.packed, base::ByteCount(4));
        ASSERT_FALSE(content.ok()) << row.name;
        if (row.kind == ErrorKind::Exhausted) {
            EXPECT_EQ(content.error().kind, row.kind) << row.name;
        } else {
            EXPECT_EQ(gunzip(row.packed, base::kibibytes(1)).error().kind, row.kind) << row.name;
        }
    }
}

}  // namespace
}  // namespace isolde::vmedia
