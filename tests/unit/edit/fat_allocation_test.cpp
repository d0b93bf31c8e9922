// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/edit/fat_editor.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace isolde::vmedia {
namespace {

/// An empty FAT12 of 64 clusters of 512 bytes.
base::Bytes small_volume() {
    base::Bytes volume(512 * (1 + 2 + 2 + 64));
    const auto put = [&](std::size_t at, std::initializer_list<int> bytes) {
        for (const int byte : bytes) {
            volume[at++] = static_cast<std::byte>(byte);
        }
    };
    put(0, {0xeb, 0x3c, 0x90});
    put(11, {0, 2, 1, 1, 0, 2, 32, 0, 69, 0, 0xf8, 1, 0});  // 512 B, 1 a cluster, 2 FATs of one sector, 32 root entries
    put(510, {0x55, 0xaa});
    for (const std::size_t fat : {512U, 1024U}) {
        put(fat, {0xf8, 0xff, 0xff});
    }
    return volume;
}

TEST(FatAllocation, ClustersThatWereGivenBackAreTakenAgain) {
    const image::MemorySource source(small_volume());
    auto fat = FatEditor::open(source);
    ASSERT_TRUE(fat.ok()) << fat.error().to_string();
    const base::Bytes half(32 * 512, std::byte{1});
    const std::uint64_t all = fat->free_space().value().bytes();
    ASSERT_GE(all, 2 * half.size());
    for (int round = 0; round < 3; ++round) {
        ASSERT_TRUE(fat->add("/A", half).ok());
        ASSERT_TRUE(fat->add("/B", half).ok());
        const auto full = fat->add("/C", base::Bytes(all));
        ASSERT_FALSE(full.ok());
        EXPECT_EQ(full.error().kind, base::ErrorKind::Exhausted);
        ASSERT_TRUE(fat->remove("/A").ok());
        EXPECT_TRUE(fat->put("/C", base::Bytes(half.size())).ok()) << "the clusters of A are free, before those of B";
        ASSERT_TRUE(fat->remove("/B").ok());
        ASSERT_TRUE(fat->remove("/C").ok());
        EXPECT_EQ(fat->free_space().value().bytes(), all);
    }
}

TEST(FatAllocation, AnEditThatFailedLeavesItsClustersFree) {
    const image::MemorySource source(small_volume());
    auto fat = FatEditor::open(source);
    ASSERT_TRUE(fat.ok());
    const std::uint64_t all = fat->free_space().value().bytes();
    ASSERT_FALSE(fat->add("/new/dir/file", base::Bytes(all)).ok()) << "the directories take clusters, too";
    EXPECT_EQ(fat->free_space().value().bytes(), all);
    EXPECT_TRUE(fat->add("/file", base::Bytes(all)).ok());
}

}  // namespace
}  // namespace isolde::vmedia
