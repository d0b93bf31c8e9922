// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/block_view.h"
#include "vmedia/compose/compaction.h"
#include "vmedia/compose/composed_image.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>
#include <algorithm>
#include <random>

namespace isolde::vmedia {
namespace {

base::Bytes pattern(std::size_t size, unsigned seed) {
    std::mt19937 random(seed);
    base::Bytes bytes(size);
    for (std::byte& b : bytes) {
        b = static_cast<std::byte>(1 + random() % 255);
    }
    return bytes;
}

std::shared_ptr<const image::MemorySource> base_of(std::size_t size) {
    return std::make_shared<const image::MemorySource>(pattern(size, 1));
}

/// What a list of extents shows.
base::Bytes shown(const BlockView::Parts& parts, const image::ByteSource& base) {
    base::Bytes all(parts.extents.size());
    for (const Extent& extent : parts.extents.extents()) {
        const auto part = std::span(all).subspan(extent.offset, extent.length);
        if (extent.kind == ExtentKind::Blob) {
            EXPECT_TRUE(base.read(extent.source_offset, part).ok());
        } else if (extent.kind == ExtentKind::Delta) {
            std::copy_n(parts.delta.begin() + static_cast<std::ptrdiff_t>(extent.source_offset), part.size(),
                        part.begin());
        }
    }
    return all;
}

TEST(BlockView, WithoutChangesIsItsBase) {
    const auto base = base_of(5000);
    BlockView view(base);
    EXPECT_EQ(view.size(), 5000U);
    const auto expected = *view.read_bytes(0, 5000);
    auto parts = std::move(view).finish();
    ASSERT_TRUE(parts.ok());
    EXPECT_TRUE(parts->delta.empty());
    EXPECT_EQ(parts->extents.extents().size(), 1U);
    EXPECT_EQ(shown(*parts, *base), expected);
}

TEST(BlockView, AWriteCopiesOneBlockAndLeavesTheBase) {
    const auto base = base_of(10 * kBlockSize);
    BlockView view(base);
    ASSERT_TRUE(view.write(3 * kBlockSize + 100, pattern(16, 2)).ok());
    EXPECT_EQ(*view.read_bytes(3 * kBlockSize + 100, 16), pattern(16, 2));
    EXPECT_EQ(*base->read_bytes(0, base->size()), pattern(base->size(), 1));
    EXPECT_EQ(view.written_base_blocks(), std::vector<std::uint64_t>{3});
    EXPECT_EQ(std::move(view).finish()->delta.size(), kBlockSize);
}

TEST(BlockView, TheTailBeginsBehindAShortLastBlock) {
    BlockView view(base_of(kBlockSize + 100));
    EXPECT_EQ(view.append(pattern(10, 3)), 2U);
    EXPECT_EQ(view.size(), 3 * kBlockSize);
    EXPECT_EQ(*view.read_bytes(2 * kBlockSize, 10), pattern(10, 3));
    EXPECT_EQ((*view.read_bytes(kBlockSize + 100, 1))[0], std::byte{0});
}

TEST(BlockView, EmptyContentTakesNoBlock) {
    BlockView view(base_of(kBlockSize));
    EXPECT_EQ(view.append({}), 1U);
    EXPECT_EQ(view.size(), kBlockSize);
}

TEST(BlockView, AnAliasShowsWrittenBlocksAsTheyAre) {
    const auto base = base_of(8 * kBlockSize + 7);
    BlockView view(base);
    ASSERT_TRUE(view.write(5 * kBlockSize, pattern(3, 4)).ok());
    const auto before = *view.read_bytes(4 * kBlockSize, 4 * kBlockSize);
    const auto first = view.append_alias(4, 5);
    ASSERT_TRUE(first.ok());
    EXPECT_EQ(*view.read_bytes(*first * kBlockSize, 4 * kBlockSize), before);
    EXPECT_EQ(*view.read_bytes((*first + 4) * kBlockSize, 7), *base->read_bytes(8 * kBlockSize, 7));
}

TEST(BlockView, AnAliasOfUntouchedBlocksCostsNoBytes) {
    BlockView view(base_of(100 * kBlockSize));
    ASSERT_TRUE(view.append_alias(10, 80).ok());
    EXPECT_TRUE(std::move(view).finish()->delta.empty());
}

TEST(BlockView, AWriteToAnAliasLeavesWhatItShows) {
    BlockView view(base_of(10 * kBlockSize));
    const auto before = *view.read_bytes(2 * kBlockSize, kBlockSize);
    const auto first = view.append_alias(2, 3);
    ASSERT_TRUE(view.write(*first * kBlockSize, pattern(kBlockSize, 5)).ok());
    EXPECT_EQ(*view.read_bytes(2 * kBlockSize, kBlockSize), before);
}

TEST(BlockView, RangesOutsideAreCorrupt) {
    BlockView view(base_of(kBlockSize));
    EXPECT_EQ(view.write(kBlockSize - 1, pattern(2, 1)).error().kind, base::ErrorKind::Corrupt);
    EXPECT_EQ(view.read_bytes(UINT64_MAX, 1).error().kind, base::ErrorKind::Corrupt);
    EXPECT_EQ(view.append_alias(0, 2).error().kind, base::ErrorKind::Corrupt);
    EXPECT_EQ(view.append_alias(UINT64_MAX, 2).error().kind, base::ErrorKind::Corrupt);
}

TEST(BlockView, RandomEditsAgreeWithAPlainCopy) {
    std::mt19937 random(7);
    for (int round = 0; round < 40; ++round) {
        const std::size_t base_size = 1 + random() % (20 * kBlockSize);
        const auto base = base_of(base_size);
        BlockView view(base);
        base::Bytes model = *base->read_bytes(0, base_size);
        for (int step = 0; step < 30; ++step) {
            const unsigned action = random() % 4;
            if (action == 0) {
                const base::Bytes bytes = pattern(1 + random() % 5000, action + 5);
                model.resize(blocks_of(model.size()) * kBlockSize);
                model.insert(model.end(), bytes.begin(), bytes.end());
                model.resize(blocks_of(model.size()) * kBlockSize);
                view.append(bytes);
            } else if (action == 1) {
                const std::uint64_t first = random() % blocks_of(model.size());
                const std::uint64_t count = random() % (blocks_of(model.size()) - first) + 1;
                model.resize(blocks_of(model.size()) * kBlockSize);
                const base::Bytes copy(model.begin() + static_cast<std::ptrdiff_t>(first * kBlockSize),
                                       model.begin() + static_cast<std::ptrdiff_t>((first + count) * kBlockSize));
                model.insert(model.end(), copy.begin(), copy.end());
                ASSERT_TRUE(view.append_alias(first, count).ok());
            } else {
                const std::uint64_t offset = random() % model.size();
                const base::Bytes bytes = pattern(random() % std::min<std::size_t>(model.size() - offset, 6000), 9);
                std::copy(bytes.begin(), bytes.end(), model.begin() + static_cast<std::ptrdiff_t>(offset));
                ASSERT_TRUE(view.write(offset, bytes).ok());
            }
        }
        ASSERT_EQ(*view.read_bytes(0, view.size()), model);
        const auto parts = std::move(view).finish();
        ASSERT_TRUE(parts.ok());
        EXPECT_EQ(shown(*parts, *base), model);
        const auto compacted = compact(*parts, *base);
        ASSERT_TRUE(compacted.ok());
        EXPECT_LE(compacted->delta.size(), parts->delta.size());
        EXPECT_EQ(shown(*compacted, *base), model);
    }
}

TEST(Compaction, KeepsOnlySectorsThatDiffer) {
    const auto base = base_of(4 * kBlockSize);
    BlockView view(base);
    ASSERT_TRUE(view.write(kBlockSize + 600, pattern(10, 3)).ok());
    view.append(pattern(12, 4));
    const auto parts = compact(*std::move(view).finish(), *base);
    ASSERT_TRUE(parts.ok());
    EXPECT_EQ(parts->delta.size(), 1024U);
}

}  // namespace
}  // namespace isolde::vmedia
