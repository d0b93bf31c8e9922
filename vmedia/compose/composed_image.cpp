// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/composed_image.h"

#include <algorithm>

namespace isolde::vmedia {
namespace {

using Blobs = std::vector<std::shared_ptr<const image::FileSource>>;

std::uint64_t source_size(const Extent& extent, const Blobs& blobs, const base::Bytes& delta) {
    switch (extent.kind) {
        case ExtentKind::Blob: return extent.blob < blobs.size() ? blobs[extent.blob]->size() : 0;
        case ExtentKind::Delta: return delta.size();
        case ExtentKind::Zero: break;
    }
    return extent.length;
}

base::Result<void> check_sources(const ExtentMap& extents, const Blobs& blobs, const base::Bytes& delta) {
    for (const Extent& extent : extents.extents()) {
        const std::uint64_t start = extent.kind == ExtentKind::Zero ? 0 : extent.source_offset;
        const std::uint64_t size = source_size(extent, blobs, delta);
        if (start > size || extent.length > size - start) {
            return base::internal("the extent at byte " + std::to_string(extent.offset) + " reaches past its source");
        }
    }
    return {};
}

}  // namespace

ComposedImage::ComposedImage(Blobs blobs, base::Bytes delta, ExtentMap extents, std::string etag,
                             std::string plan_digest)
    : blobs_(std::move(blobs)),
      delta_(std::move(delta)),
      extents_(std::move(extents)),
      etag_(std::move(etag)),
      plan_digest_(std::move(plan_digest)) {}

base::Result<std::shared_ptr<const ComposedImage>> ComposedImage::create(Blobs blobs, base::Bytes delta,
                                                                         ExtentMap extents, std::string etag,
                                                                         std::string plan_digest) {
    TRY(check_sources(extents, blobs, delta));
    return std::make_shared<const ComposedImage>(std::move(blobs), std::move(delta), std::move(extents),
                                                 std::move(etag), std::move(plan_digest));
}

base::Result<void> ComposedImage::read(std::uint64_t offset, std::span<std::byte> out) const {
    if (offset > size() || out.size() > size() - offset) {
        return base::corrupt("bytes " + std::to_string(offset) + " to " + std::to_string(offset + out.size()) +
                             " lie outside the composed image of " + std::to_string(size()) + " bytes");
    }
    while (!out.empty()) {
        const Extent& extent = extents_.at(offset);
        const std::uint64_t skip = offset - extent.offset;
        const auto part = out.first(std::min<std::uint64_t>(out.size(), extent.length - skip));
        const std::uint64_t from = extent.source_offset + skip;
        switch (extent.kind) {
            case ExtentKind::Blob: TRY(blobs_[extent.blob]->read(from, part)); break;
            case ExtentKind::Delta: std::copy_n(delta_.data() + from, part.size(), part.data()); break;
            case ExtentKind::Zero: std::fill(part.begin(), part.end(), std::byte{0}); break;
        }
        offset += part.size();
        out = out.subspan(part.size());
    }
    return {};
}

base::ByteCount ComposedImage::memory() const {
    return base::ByteCount(sizeof(*this) + delta_.capacity() + extents_.extents().capacity() * sizeof(Extent));
}

}  // namespace isolde::vmedia
