// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/extent_map.h"
#include "vmedia/compose/composed_image.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>
#include <string>

namespace isolde::vmedia {
namespace {

TEST(ExtentMap, JoinsNeighboursThatContinueEachOther) {
    const auto map = ExtentMap::from({{0, 10, ExtentKind::Blob, 0, 100},
                                      {10, 5, ExtentKind::Blob, 0, 110},
                                      {15, 5, ExtentKind::Blob, 1, 115},
                                      {20, 5, ExtentKind::Zero},
                                      {25, 5, ExtentKind::Zero}});
    ASSERT_TRUE(map.ok());
    const std::vector<Extent> expected{
        {0, 15, ExtentKind::Blob, 0, 100}, {15, 5, ExtentKind::Blob, 1, 115}, {20, 10, ExtentKind::Zero}};
    EXPECT_EQ(map->extents(), expected);
    EXPECT_EQ(map->size(), 30U);
}

TEST(ExtentMap, RefusesGapsOverlapsAndEmptyExtents) {
    EXPECT_FALSE(ExtentMap::from({{1, 1, ExtentKind::Zero}}).ok());
    EXPECT_FALSE(ExtentMap::from({{0, 2, ExtentKind::Zero}, {3, 1, ExtentKind::Zero}}).ok());
    EXPECT_FALSE(ExtentMap::from({{0, 2, ExtentKind::Zero}, {1, 1, ExtentKind::Zero}}).ok());
    EXPECT_FALSE(ExtentMap::from({{0, 0, ExtentKind::Zero}}).ok());
}

TEST(ExtentMap, FindsTheExtentOfAnOffset) {
    const auto map =
        ExtentMap::from({{0, 10, ExtentKind::Blob}, {10, 10, ExtentKind::Zero}, {20, 1, ExtentKind::Delta}});
    EXPECT_EQ(map->at(0).kind, ExtentKind::Blob);
    EXPECT_EQ(map->at(9).kind, ExtentKind::Blob);
    EXPECT_EQ(map->at(10).kind, ExtentKind::Zero);
    EXPECT_EQ(map->at(20).kind, ExtentKind::Delta);
}

/// A file of its own, unlinked at once.
std::shared_ptr<const image::FileSource> file_with(const std::string& content) {
    char path[] = "/tmp/isolde-extent-test-XXXXXX";
    base::UniqueFd file(::mkstemp(path));
    EXPECT_TRUE(base::write_exactly(file.get(), 0, base::as_bytes(content)).ok());
    ::unlink(path);
    return std::make_shared<const image::FileSource>(std::move(file), content.size());
}

TEST(ComposedImage, ReadsAcrossExtentsOfEveryKind) {
    auto map = ExtentMap::from({{0, 3, ExtentKind::Blob, 0, 1},
                                {3, 2, ExtentKind::Zero},
                                {5, 4, ExtentKind::Delta, 0, 2},
                                {9, 2, ExtentKind::Blob, 1, 0}});
    const auto image = ComposedImage::create({file_with("abcdef"), file_with("XY")}, base::to_bytes("123456"),
                                             std::move(*map), "\"tag\"", "digest");
    ASSERT_TRUE(image.ok());
    EXPECT_EQ(base::as_text(*(*image)->read_bytes(0, 11)), std::string_view("bcd\0\0"
                                                                            "3456XY",
                                                                            11));
    EXPECT_EQ(base::as_text(*(*image)->read_bytes(2, 5)), std::string_view("d\0\0"
                                                                           "34",
                                                                           5));
    EXPECT_EQ((*image)->read_bytes(10, 2).error().kind, base::ErrorKind::Corrupt);
    EXPECT_EQ((*image)->etag(), "\"tag\"");
}

TEST(ComposedImage, RefusesExtentsBeyondTheirSource) {
    auto map = ExtentMap::from({{0, 7, ExtentKind::Blob, 0, 0}});
    EXPECT_FALSE(ComposedImage::create({file_with("abcdef")}, {}, *map, "", "").ok());
    auto other = ExtentMap::from({{0, 1, ExtentKind::Blob, 1, 0}});
    EXPECT_FALSE(ComposedImage::create({file_with("abcdef")}, {}, *other, "", "").ok());
    auto delta = ExtentMap::from({{0, 1, ExtentKind::Delta, 0, 6}});
    EXPECT_FALSE(ComposedImage::create({file_with("abcdef")}, base::to_bytes("abcdef"), *delta, "", "").ok());
}

}  // namespace
}  // namespace isolde::vmedia
