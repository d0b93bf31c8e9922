// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/cached_source.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace isolde::image {
namespace {

/// 1 MiB of bytes that tell their place; counts what is read of it.
class CountedSource final : public ByteSource {
  public:
    std::uint64_t size() const override { return 1'000'000; }
    base::Result<void> read(std::uint64_t offset, std::span<std::byte> out) const override {
        ++reads;
        if (fails || offset > size() || out.size() > size() - offset) {
            return base::corrupt("outside");
        }
        for (std::size_t i = 0; i < out.size(); ++i) {
            out[i] = at(offset + i);
        }
        return {};
    }
    static std::byte at(std::uint64_t offset) { return static_cast<std::byte>(offset * 31 + offset / 251); }

    mutable int reads = 0;
    bool fails = false;
};

void expect_bytes(const ByteSource& source, std::uint64_t offset, std::size_t length) {
    const auto bytes = source.read_bytes(offset, length);
    ASSERT_TRUE(bytes.ok()) << offset;
    for (std::size_t i = 0; i < length; ++i) {
        ASSERT_EQ((*bytes)[i], CountedSource::at(offset + i)) << offset + i;
    }
}

TEST(CachedSource, GivesWhatTheSourceHas) {
    const auto source = std::make_shared<const CountedSource>();
    const CachedSource cached(source);
    EXPECT_EQ(cached.size(), source->size());
    for (const std::uint64_t offset : {0U, 100U, 16'380U, 16'384U, 999'000U, 999'999U, 500'000U, 1U}) {
        for (const std::size_t length : {0U, 1U, 1000U, 16'383U, 16'384U, 40'000U}) {
            expect_bytes(cached, offset, std::min<std::uint64_t>(length, cached.size() - offset));
        }
    }
}

TEST(CachedSource, ReadsAPartOnceAndForgetsTheOldest) {
    const auto source = std::make_shared<const CountedSource>();
    const CachedSource cached(source);
    for (std::uint64_t offset = 0; offset < 16'384; offset += 100) {
        expect_bytes(cached, offset, 1);
    }
    EXPECT_EQ(source->reads, 1);
    for (std::uint64_t part = 1; part <= 32; ++part) {  // one more than are kept
        expect_bytes(cached, part * 16'384, 1);
    }
    EXPECT_EQ(source->reads, 33);
    expect_bytes(cached, 32 * 16'384, 1);
    EXPECT_EQ(source->reads, 33);
    expect_bytes(cached, 0, 1);
    EXPECT_EQ(source->reads, 34);
}

TEST(CachedSource, GivesTheSourcesErrorsAndKeepsNoneOfThem) {
    const auto source = std::make_shared<CountedSource>();
    const CachedSource cached(source);
    EXPECT_FALSE(cached.read_bytes(999'999, 2).ok());
    EXPECT_FALSE(cached.read_bytes(UINT64_MAX, 1).ok());
    source->fails = true;
    EXPECT_FALSE(cached.read_bytes(5, 1).ok());
    source->fails = false;
    expect_bytes(cached, 5, 1);
}

}  // namespace
}  // namespace isolde::image
