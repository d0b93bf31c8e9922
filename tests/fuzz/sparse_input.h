// SPDX-License-Identifier: GPL-3.0-or-later
//
// A small input seen as a large image: readers look at byte 32768 first, and a fuzzer should not have to write zeros.
#pragma once

#include "image/byte_source.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace isolde::image::fuzz {

/// An image of 256 blocks, most of them zeros that are nowhere.
class SparseImage final : public ByteSource {
  public:
    /// `data` in runs: 2 bytes of block number, 2 bytes of length, then so many bytes.
    SparseImage(const std::uint8_t* data, std::size_t size) {
        std::size_t at = 0;
        while (at + 4 <= size) {
            const std::size_t block = (data[at] | std::size_t{data[at + 1]} << 8U) % kBlocks;
            const std::size_t length = std::min(data[at + 2] | std::size_t{data[at + 3]} << 8U, size - at - 4);
            const auto* const bytes = reinterpret_cast<const std::byte*>(data) + at + 4;
            runs_.push_back({block * kBlock, {bytes, std::min(length, (kBlocks - block) * kBlock)}});
            at += 4 + length;
        }
    }

    std::uint64_t size() const override { return kBlocks * kBlock; }

    base::Result<void> read(std::uint64_t offset, std::span<std::byte> out) const override {
        if (offset > size() || out.size() > size() - offset) {
            return base::corrupt("outside");
        }
        std::fill(out.begin(), out.end(), std::byte{0});
        for (const Run& run : runs_) {
            const std::uint64_t begin = std::max(offset, run.offset);
            const std::uint64_t end = std::min(offset + out.size(), run.offset + run.bytes.size());
            for (std::uint64_t at = begin; at < end; ++at) {
                out[at - offset] = run.bytes[at - run.offset];
            }
        }
        return {};
    }

  private:
    static constexpr std::uint64_t kBlock = 2048;
    static constexpr std::uint64_t kBlocks = 256;
    struct Run {
        std::uint64_t offset = 0;
        base::ByteView bytes;
    };
    std::vector<Run> runs_;
};

inline MemorySource plain_image(const std::uint8_t* data, std::size_t size) {
    const auto* const bytes = reinterpret_cast<const std::byte*>(data);
    return MemorySource(base::Bytes(bytes, bytes + size));
}

}  // namespace isolde::image::fuzz
