// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/fingerprint.h"

#include "vmedia/compose/block_view.h"

#include <algorithm>

namespace isolde::vmedia {
namespace {

constexpr std::uint64_t kHead = 64U << 10U;
constexpr std::uint64_t kEnd = 32U << 10U;
constexpr std::uint64_t kSamples = 32;
constexpr std::uint64_t kBuffer = 1U << 20U;

base::Result<void> hash_range(base::Hasher& hasher, const image::ByteSource& image, std::uint64_t offset,
                              std::uint64_t length) {
    base::Bytes buffer(std::min(length, kBuffer));
    for (const std::uint64_t end = offset + length; offset < end; offset += buffer.size()) {
        const auto part = std::span(buffer).first(std::min<std::uint64_t>(buffer.size(), end - offset));
        TRY(image.read(offset, part));
        hasher.update(part);
    }
    return {};
}

}  // namespace

base::Result<base::Digest> fingerprint(const image::ByteSource& image) {
    const std::uint64_t size = image.size();
    base::Hasher hasher(base::DigestAlgorithm::Sha256);
    hasher.update("isolde-fingerprint-1:" + std::to_string(size));
    TRY(hash_range(hasher, image, 0, std::min(size, kHead)));
    for (std::uint64_t i = 1; i <= kSamples && size > kHead + kEnd; ++i) {
        const std::uint64_t offset = size / kBlockSize * i / (kSamples + 1) * kBlockSize;
        TRY(hash_range(hasher, image, offset, std::min(kBlockSize, size - offset)));
    }
    const std::uint64_t end = std::min(size, kEnd);
    TRY(hash_range(hasher, image, size - end, end));
    return hasher.finish();
}

base::Result<base::Digest> content_digest(const image::ByteSource& image) {
    base::Hasher hasher(base::DigestAlgorithm::Sha256);
    TRY(hash_range(hasher, image, 0, image.size()));
    return hasher.finish();
}

}  // namespace isolde::vmedia
