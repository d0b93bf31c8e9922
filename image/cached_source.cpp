// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/cached_source.h"

#include <algorithm>

namespace isolde::image {

base::Result<base::ByteView> CachedSource::part(std::uint64_t number) const {
    Part* oldest = parts_.data();
    for (Part& part : parts_) {
        if (part.number == number) {
            part.used = ++reads_;
            return base::ByteView(part.bytes);
        }
        oldest = part.used < oldest->used ? &part : oldest;
    }
    const std::uint64_t start = number * kPartSize;
    oldest->number = UINT64_MAX;
    oldest->bytes.resize(std::min(kPartSize, source_->size() - start));
    TRY(source_->read(start, oldest->bytes));
    oldest->number = number;
    oldest->used = ++reads_;
    return base::ByteView(oldest->bytes);
}

base::Result<void> CachedSource::read(std::uint64_t offset, std::span<std::byte> out) const {
    const bool inside = offset <= size() && out.size() <= size() - offset;
    if (!inside || out.size() >= kPartSize) {
        return source_->read(offset, out);
    }
    while (!out.empty()) {
        const base::ByteView bytes = TRY(part(offset / kPartSize)).subspan(offset % kPartSize);
        const std::size_t length = std::min(out.size(), bytes.size());
        std::copy_n(bytes.begin(), length, out.begin());
        offset += length;
        out = out.subspan(length);
    }
    return {};
}

}  // namespace isolde::image
