// SPDX-License-Identifier: GPL-3.0-or-later
//
// A small input seen as a large image: readers look at byte 32768 first, and a fuzzer should not have to write zeros.
#pragma once

#include "image/byte_source.h"

#include <cstddef>
#include <cstdint>

namespace isolde::image::fuzz {

/// `input` in runs: 2 bytes of block number (2048 bytes each, 256 at most), 2 bytes of length, then so many bytes.
inline MemorySource sparse_image(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t kBlock = 2048;
    constexpr std::size_t kBlocks = 256;
    base::Bytes image(kBlocks * kBlock);
    std::size_t at = 0;
    while (at + 4 <= size) {
        const std::size_t target = (data[at] | std::size_t{data[at + 1]} << 8U) % kBlocks * kBlock;
        const std::size_t wanted = data[at + 2] | std::size_t{data[at + 3]} << 8U;
        at += 4;
        for (std::size_t index = 0; index < wanted && at < size && target + index < image.size(); ++index, ++at) {
            image[target + index] = static_cast<std::byte>(data[at]);
        }
    }
    return MemorySource(std::move(image));
}

inline MemorySource plain_image(const std::uint8_t* data, std::size_t size) {
    const auto* const bytes = reinterpret_cast<const std::byte*>(data);
    return MemorySource(base::Bytes(bytes, bytes + size));
}

}  // namespace isolde::image::fuzz
