// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/edit/fat_slots.h"

#include "vmedia/edit/fat_names.h"

#include <algorithm>

namespace isolde::vmedia {
namespace {

constexpr std::uint64_t kDirectoryLimit = 65536 * kFatEntrySize;
constexpr std::uint64_t kEntriesRead = 4096 / kFatEntrySize;
constexpr std::byte kEnd{0};
constexpr std::byte kDeleted{0xe5};

}  // namespace

base::Result<FatSlots::Directory*> FatSlots::directory_at(std::uint32_t directory) {
    if (const auto known = directories_.find(directory); known != directories_.end()) {
        return &known->second;
    }
    Directory read;
    if (directory != 0 || volume_.geometry().type == image::FatType::Fat32) {
        read.clusters = TRY(volume_.directory_chain(directory));
    }
    if (entries_of(read) * kFatEntrySize > kDirectoryLimit) {
        return base::exhausted("a directory of the FAT volume has more than 65536 entries");
    }
    return &directories_.emplace(directory, std::move(read)).first->second;
}

std::uint64_t FatSlots::entries_of(const Directory& directory) const {
    const image::FatGeometry& geometry = volume_.geometry();
    const std::uint64_t size = directory.clusters.empty()
                                   ? geometry.root_size
                                   : directory.clusters.size() * std::uint64_t{geometry.cluster_size};
    return size / kFatEntrySize;
}

std::uint64_t FatSlots::offset_of(const Directory& directory, std::uint64_t entry) const {
    const image::FatGeometry& geometry = volume_.geometry();
    const std::uint64_t at = entry * kFatEntrySize;
    return directory.clusters.empty()
               ? geometry.root_offset + at
               : geometry.cluster_offset(directory.clusters[at / geometry.cluster_size]) + at % geometry.cluster_size;
}

base::Result<std::vector<std::uint64_t>> FatSlots::take(std::uint32_t directory, std::size_t count) {
    std::vector<std::uint64_t> slots = TRY(find(*TRY(directory_at(directory)), count));
    while (slots.empty()) {
        TRY(grow(directory));
        slots = TRY(find(*TRY(directory_at(directory)), count));
    }
    return slots;
}

/// Empty when there is no room. An entry that begins with 0 ends the directory: what follows is free, whatever it
/// holds.
base::Result<std::vector<std::uint64_t>> FatSlots::find(Directory& directory, std::size_t count) {
    const std::uint64_t entries = entries_of(directory);
    // Where fewer in a row are not free, as many as `count` are not either.
    const auto behind = directory.searched.upper_bound(count);
    std::uint64_t entry = behind == directory.searched.begin() ? 0 : std::prev(behind)->second;
    std::vector<std::uint64_t> slots;
    bool ended = false;
    while (entry < entries && slots.size() < count) {
        const base::Bytes bytes = TRY(read_from(directory, entry));
        const std::uint64_t offset = offset_of(directory, entry);
        for (std::size_t at = 0; at < bytes.size() && slots.size() < count; at += kFatEntrySize, ++entry) {
            ended = ended || bytes[at] == kEnd;
            if (ended || bytes[at] == kDeleted) {
                slots.push_back(offset + at);
            } else {
                slots.clear();
            }
        }
    }
    directory.searched[count] = entry - slots.size();
    if (slots.size() < count) {
        return std::vector<std::uint64_t>();
    }
    if (ended && entry < entries) {
        TRY(end_at(offset_of(directory, entry)));
    }
    return slots;
}

/// Entries from `entry` on that stand in a row.
base::Result<base::Bytes> FatSlots::read_from(const Directory& directory, std::uint64_t entry) const {
    const std::uint64_t row =
        directory.clusters.empty() ? entries_of(directory) : volume_.geometry().cluster_size / kFatEntrySize;
    const std::uint64_t count = std::min(row - entry % row, kEntriesRead);
    return overlay_.read_bytes(offset_of(directory, entry), count * kFatEntrySize);
}

base::Result<void> FatSlots::end_at(std::uint64_t offset) {
    const bool ends = TRY(overlay_.read_bytes(offset, 1))[0] == kEnd;
    return ends ? base::Result<void>() : overlay_.write(offset, base::Bytes(1, kEnd));
}

base::Result<void> FatSlots::grow(std::uint32_t directory) {
    const image::FatGeometry& geometry = volume_.geometry();
    Directory& known = *TRY(directory_at(directory));
    if (known.clusters.empty()) {
        return base::exhausted("the root directory of the FAT volume is full: it holds " +
                               std::to_string(geometry.root_size / kFatEntrySize) + " entries");
    }
    if (entries_of(known) * kFatEntrySize + geometry.cluster_size > kDirectoryLimit) {
        return base::exhausted("a directory of the FAT volume is full");
    }
    const std::uint32_t last = known.clusters.back();
    const std::uint32_t added = TRY(new_cluster());
    TRY(table_.link({last, added}, 0));
    known.clusters.push_back(added);
    // Directories of a damaged volume may share clusters: what is known of the others may not hold any more.
    std::erase_if(directories_, [&](const auto& other) { return other.first != directory; });
    return {};
}

base::Result<std::uint32_t> FatSlots::new_cluster() {
    const image::FatGeometry& geometry = volume_.geometry();
    const std::vector<std::uint32_t> clusters = TRY(table_.find_free(1));
    TRY(table_.link(clusters, 1));
    TRY(overlay_.write(geometry.cluster_offset(clusters.front()), base::Bytes(geometry.cluster_size)));
    return clusters.front();
}

}  // namespace isolde::vmedia
