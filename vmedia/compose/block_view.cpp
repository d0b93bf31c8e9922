// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/block_view.h"

#include <algorithm>

namespace isolde::vmedia {

BlockView::BlockView(std::shared_ptr<const image::ByteSource> base)
    : base_(std::move(base)), base_blocks_(blocks_of(base_->size())), end_(base_blocks_) {}

std::uint64_t BlockView::size() const {
    return end_ == base_blocks_ ? base_->size() : end_ * kBlockSize;
}

BlockView::Place BlockView::place_of(std::uint64_t block) const {
    if (const auto written = written_.find(block); written != written_.end()) {
        return {ExtentKind::Delta, written->second};
    }
    if (block < base_blocks_) {
        return {ExtentKind::Blob, block * kBlockSize};
    }
    const Run* const run = run_of(block);
    if (run == nullptr) {
        return {};
    }
    if (run->place.kind == ExtentKind::Zero) {
        return run->place;
    }
    return {run->place.kind, run->place.source_offset + (block - run->first) * kBlockSize, run->place.blob};
}

/// The tail run that holds `block`.
const BlockView::Run* BlockView::run_of(std::uint64_t block) const {
    const auto after = std::upper_bound(tail_.begin(), tail_.end(), block,
                                        [](std::uint64_t value, const Run& run) { return value < run.first; });
    return after == tail_.begin() ? nullptr : &*std::prev(after);
}

const image::ByteSource& BlockView::source_of(const Place& place) const {
    return place.blob == 0 ? *base_ : *blobs_[place.blob - 1];
}

/// How many of a block's bytes its place has: a blob's last block may be short, the rest is zeros.
std::uint64_t BlockView::usable(const Place& place) const {
    if (place.kind != ExtentKind::Blob) {
        return kBlockSize;
    }
    return std::min(kBlockSize, source_of(place).size() - place.source_offset);
}

base::Result<void> BlockView::read_block(std::uint64_t block, std::span<std::byte, kBlockSize> out) const {
    const Place place = place_of(block);
    if (place.kind == ExtentKind::Delta) {
        std::copy_n(delta_.data() + place.source_offset, kBlockSize, out.data());
        return {};
    }
    std::fill(out.begin(), out.end(), std::byte{0});
    if (place.kind == ExtentKind::Zero) {
        return {};
    }
    return source_of(place).read(place.source_offset, out.first(usable(place)));
}

/// How many bytes from `offset`, before `end`, stand in the base as they are: nobody wrote any of their blocks.
std::uint64_t BlockView::base_bytes(std::uint64_t offset, std::uint64_t end) const {
    const auto written = written_.lower_bound(offset / kBlockSize);
    const std::uint64_t stop = written == written_.end() ? end : std::min(end, written->first * kBlockSize);
    return std::max(offset, std::min(stop, base_->size())) - offset;
}

base::Result<void> BlockView::read(std::uint64_t offset, std::span<std::byte> out) const {
    if (offset > size() || out.size() > size() - offset) {
        return base::corrupt("bytes " + std::to_string(offset) + " to " + std::to_string(offset + out.size()) +
                             " lie outside the image of " + std::to_string(size()) + " bytes");
    }
    std::array<std::byte, kBlockSize> block;
    while (!out.empty()) {
        const std::uint64_t skip = offset % kBlockSize;
        std::uint64_t length = base_bytes(offset, offset + out.size());
        if (length > 0) {
            TRY(base_->read(offset, out.first(length)));
        } else {
            length = std::min<std::uint64_t>(out.size(), kBlockSize - skip);
            TRY(read_block(offset / kBlockSize, block));
            std::copy_n(block.data() + skip, length, out.data());
        }
        offset += length;
        out = out.subspan(length);
    }
    return {};
}

base::Result<std::span<std::byte>> BlockView::writable(std::uint64_t block) {
    const Place place = place_of(block);
    if (place.kind == ExtentKind::Delta) {
        return std::span(delta_).subspan(place.source_offset, kBlockSize);
    }
    std::array<std::byte, kBlockSize> bytes;
    TRY(read_block(block, bytes));
    const std::uint64_t at = delta_.size();
    delta_.insert(delta_.end(), bytes.begin(), bytes.end());
    written_.emplace(block, at);
    return std::span(delta_).subspan(at, kBlockSize);
}

base::Result<void> BlockView::write(std::uint64_t offset, base::ByteView bytes) {
    if (offset > size() || bytes.size() > size() - offset) {
        return base::corrupt("a change of bytes " + std::to_string(offset) + " to " +
                             std::to_string(offset + bytes.size()) + " lies outside the image of " +
                             std::to_string(size()) + " bytes");
    }
    while (!bytes.empty()) {
        const std::uint64_t skip = offset % kBlockSize;
        const auto part = bytes.first(std::min<std::uint64_t>(bytes.size(), kBlockSize - skip));
        const auto block = TRY(writable(offset / kBlockSize));
        std::copy(part.begin(), part.end(), block.begin() + static_cast<std::ptrdiff_t>(skip));
        offset += part.size();
        bytes = bytes.subspan(part.size());
    }
    return {};
}

void BlockView::add_run(std::uint64_t count, Place place) {
    if (count > 0) {
        tail_.push_back({end_, count, place});
        end_ += count;
    }
}

std::uint64_t BlockView::append(base::ByteView bytes) {
    const std::uint64_t first = end_;
    const std::uint64_t at = delta_.size();
    delta_.insert(delta_.end(), bytes.begin(), bytes.end());
    delta_.resize(at + blocks_of(bytes.size()) * kBlockSize);
    add_run(blocks_of(bytes.size()), {ExtentKind::Delta, at});
    return first;
}

std::uint64_t BlockView::append_zeros(std::uint64_t count) {
    const std::uint64_t first = end_;
    add_run(count, {ExtentKind::Zero, 0});
    return first;
}

std::uint64_t BlockView::append_blob(std::shared_ptr<const image::FileSource> file) {
    const std::uint64_t first = end_;
    const std::uint64_t count = blocks_of(file->size());
    blobs_.push_back(std::move(file));
    add_run(count, {ExtentKind::Blob, 0, static_cast<std::uint32_t>(blobs_.size())});
    return first;
}

std::uint64_t BlockView::shared_blocks(std::uint64_t first, std::uint64_t end) const {
    std::uint64_t stop = end;
    if (const auto written = written_.lower_bound(first); written != written_.end()) {
        stop = std::min(stop, written->first);
    }
    const Run* const run = run_of(first);
    const Place place = place_of(first);
    if (run != nullptr) {
        stop = std::min(stop, run->first + run->count);
    }
    switch (place.kind) {
        case ExtentKind::Blob:
            return std::min(stop - first, (source_of(place).size() - place.source_offset) / kBlockSize);
        case ExtentKind::Zero: return stop - first;
        case ExtentKind::Delta: break;
    }
    return 0;
}

base::Result<std::uint64_t> BlockView::append_alias(std::uint64_t first, std::uint64_t count) {
    if (first > end_ || count > end_ - first) {
        return base::corrupt("blocks " + std::to_string(first) + " to " + std::to_string(first + count) +
                             " lie outside the image of " + std::to_string(end_) + " blocks");
    }
    const std::uint64_t target = end_;
    const std::uint64_t stop = first + count;
    for (std::uint64_t block = first; block < stop;) {
        if (const std::uint64_t run = shared_blocks(block, stop); run > 0) {
            add_run(run, place_of(block));
            block += run;
        } else {
            std::array<std::byte, kBlockSize> bytes;
            TRY(read_block(block++, bytes));
            append(bytes);
        }
    }
    return target;
}

void BlockView::clear_written(std::uint64_t first, std::uint64_t count) {
    for (std::uint64_t block = std::max(first, base_blocks_); block < std::min(first + count, end_); ++block) {
        const Place place = place_of(block);
        if (place.kind == ExtentKind::Delta) {
            std::fill_n(delta_.data() + place.source_offset, kBlockSize, std::byte{0});
        }
    }
}

std::vector<std::uint64_t> BlockView::written_base_blocks() const {
    std::vector<std::uint64_t> blocks;
    for (const auto& [block, at] : written_) {
        if (block < base_blocks_) {
            blocks.push_back(block);
        }
    }
    return blocks;
}

void BlockView::add_extent(std::vector<Extent>& extents, std::uint64_t length, Place place) const {
    const std::uint64_t at = extents.empty() ? 0 : extents.back().offset + extents.back().length;
    length = std::min(length, size() - at);
    const std::uint64_t backed =
        place.kind == ExtentKind::Blob ? std::min(length, source_of(place).size() - place.source_offset) : length;
    if (backed > 0) {
        extents.push_back({at, backed, place.kind, place.blob, place.source_offset});
    }
    if (length > backed) {
        extents.push_back({at + backed, length - backed, ExtentKind::Zero, 0, 0});
    }
}

void BlockView::add_extents(std::vector<Extent>& extents, const Run& run) const {
    const std::uint64_t end = run.first + run.count;
    for (std::uint64_t block = run.first; block < end;) {
        const auto written = written_.lower_bound(block);
        if (written != written_.end() && written->first == block) {
            add_extent(extents, kBlockSize, {ExtentKind::Delta, written->second});
            ++block;
            continue;
        }
        const std::uint64_t stop = written == written_.end() ? end : std::min(end, written->first);
        Place place = run.place;
        place.source_offset += place.kind == ExtentKind::Zero ? 0 : (block - run.first) * kBlockSize;
        add_extent(extents, (stop - block) * kBlockSize, place);
        block = stop;
    }
}

base::Result<BlockView::Parts> BlockView::finish() && {
    std::vector<Extent> extents;
    add_extents(extents, {0, base_blocks_, {ExtentKind::Blob, 0}});
    for (const Run& run : tail_) {
        add_extents(extents, run);
    }
    ExtentMap map = TRY(ExtentMap::from(std::move(extents)));
    delta_.shrink_to_fit();
    return Parts{std::move(delta_), std::move(map), std::move(blobs_)};
}

}  // namespace isolde::vmedia
