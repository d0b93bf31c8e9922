// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/compaction.h"

#include <algorithm>
#include <array>

namespace isolde::vmedia {
namespace {

constexpr std::uint64_t kSectorSize = 512;

bool all_zeros(base::ByteView bytes) {
    return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; });
}

base::Result<bool> equals_base(const image::ByteSource& base, std::uint64_t offset, base::ByteView bytes) {
    if (offset + bytes.size() > base.size()) {
        return false;
    }
    std::array<std::byte, kSectorSize> present;
    const auto part = std::span(present).first(bytes.size());
    TRY(base.read(offset, part));
    return std::equal(bytes.begin(), bytes.end(), part.begin());
}

class Compaction {
  public:
    explicit Compaction(const image::ByteSource& base) : base_(base) {}

    base::Result<void> add_sector(std::uint64_t offset, base::ByteView sector) {
        Extent extent{offset, sector.size(), ExtentKind::Zero, 0, 0};
        if (TRY(equals_base(base_, offset, sector))) {
            extent.kind = ExtentKind::Blob;
            extent.source_offset = offset;
        } else if (!all_zeros(sector)) {
            extent.kind = ExtentKind::Delta;
            extent.source_offset = delta_.size();
            delta_.insert(delta_.end(), sector.begin(), sector.end());
        }
        extents_.push_back(extent);
        return {};
    }

    base::Result<void> add(const Extent& extent, base::ByteView delta) {
        if (extent.kind != ExtentKind::Delta) {
            extents_.push_back(extent);
            return {};
        }
        for (std::uint64_t at = 0; at < extent.length; at += kSectorSize) {
            const std::uint64_t length = std::min(kSectorSize, extent.length - at);
            TRY(add_sector(extent.offset + at, delta.subspan(extent.source_offset + at, length)));
        }
        return {};
    }

    base::Result<BlockView::Parts> finish() && {
        auto map = TRY(ExtentMap::from(std::move(extents_)));
        delta_.shrink_to_fit();
        return BlockView::Parts{std::move(delta_), std::move(map), {}};
    }

  private:
    const image::ByteSource& base_;
    base::Bytes delta_;
    std::vector<Extent> extents_;
};

}  // namespace

base::Result<BlockView::Parts> compact(const BlockView::Parts& parts, const image::ByteSource& base) {
    Compaction compaction(base);
    for (const Extent& extent : parts.extents.extents()) {
        TRY(compaction.add(extent, parts.delta));
    }
    auto compacted = TRY(std::move(compaction).finish());
    compacted.blobs = parts.blobs;
    return compacted;
}

}  // namespace isolde::vmedia
