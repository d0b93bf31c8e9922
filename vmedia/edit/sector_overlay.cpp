// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/edit/sector_overlay.h"

#include <algorithm>

namespace isolde::vmedia {

base::Result<void> SectorOverlay::read(std::uint64_t offset, std::span<std::byte> out) const {
    TRY(base_->read(offset, out));
    const std::uint64_t end = offset + out.size();
    for (auto sector = sectors_.lower_bound(offset / kSectorSize);
         sector != sectors_.end() && sector->first * kSectorSize < end; ++sector) {
        const std::uint64_t start = sector->first * kSectorSize;
        const std::uint64_t from = std::max(start, offset);
        const std::uint64_t to = std::min(start + sector->second.size(), end);
        if (from < to) {
            std::copy_n(sector->second.begin() + static_cast<std::ptrdiff_t>(from - start), to - from,
                        out.begin() + static_cast<std::ptrdiff_t>(from - offset));
        }
    }
    return {};
}

base::Result<base::Bytes*> SectorOverlay::writable_sector(std::uint64_t number) {
    auto found = sectors_.find(number);
    if (!before_.contains(number)) {
        before_.emplace(number, found == sectors_.end() ? std::nullopt : std::optional(found->second));
    }
    if (found == sectors_.end()) {
        const std::uint64_t start = number * kSectorSize;
        base::Bytes original = TRY(base_->read_bytes(start, std::min(kSectorSize, size() - start)));
        found = sectors_.emplace(number, std::move(original)).first;
    }
    return &found->second;
}

base::Result<void> SectorOverlay::write(std::uint64_t offset, base::ByteView bytes) {
    if (offset > size() || bytes.size() > size() - offset) {
        return base::corrupt("a write of " + std::to_string(bytes.size()) + " bytes at " + std::to_string(offset) +
                             " lies outside an image of " + std::to_string(size()) + " bytes");
    }
    while (!bytes.empty()) {
        base::Bytes& sector = *TRY(writable_sector(offset / kSectorSize));
        const std::uint64_t within = offset % kSectorSize;
        const std::size_t length = std::min<std::size_t>(bytes.size(), sector.size() - within);
        std::copy_n(bytes.begin(), length, sector.begin() + static_cast<std::ptrdiff_t>(within));
        bytes = bytes.subspan(length);
        offset += length;
    }
    return {};
}

void SectorOverlay::undo() {
    for (auto& [number, bytes] : before_) {
        if (bytes) {
            sectors_[number] = std::move(*bytes);
        } else {
            sectors_.erase(number);
        }
    }
    before_.clear();
}

void SectorOverlay::settle() {
    sectors_.clear();
    before_.clear();
}

std::vector<ChangedRange> SectorOverlay::changes() const {
    std::vector<ChangedRange> ranges;
    for (const auto& [number, bytes] : sectors_) {
        const std::uint64_t offset = number * kSectorSize;
        if (ranges.empty() || ranges.back().offset + ranges.back().bytes.size() != offset) {
            ranges.push_back({offset, {}});
        }
        ranges.back().bytes.insert(ranges.back().bytes.end(), bytes.begin(), bytes.end());
    }
    return ranges;
}

}  // namespace isolde::vmedia
