// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/edit/fat_table.h"

#include "image/fields.h"

#include <algorithm>

namespace isolde::vmedia {
namespace {

constexpr std::uint32_t kClusterLimit = 16U << 20U;
constexpr std::uint32_t kScanStep = 4096;  // even, so that a step of FAT12 begins at a whole byte

base::Bytes little_bytes(std::uint32_t value, std::size_t size) {
    base::Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i) {
        bytes[i] = static_cast<std::byte>(value >> (8 * i) & 0xffU);
    }
    return bytes;
}

std::uint32_t little(base::ByteView bytes) {
    return bytes.size() == 4 ? image::little32(bytes, 0) : image::little16(bytes, 0);
}

/// Entry number `index` of a part of a FAT that begins with an even cluster.
std::uint32_t decode(image::FatType type, base::ByteView bytes, std::uint32_t index) {
    switch (type) {
        case image::FatType::Fat12: {
            const std::uint32_t value = image::little16(bytes, index * 3 / 2);
            return index % 2 == 1 ? value >> 4U : value & 0xfffU;
        }
        case image::FatType::Fat16: return image::little16(bytes, std::size_t{index} * 2);
        case image::FatType::Fat32: break;
    }
    return image::little32(bytes, std::size_t{index} * 4) & 0x0fffffffU;
}

}  // namespace

base::Result<void> FatTable::scan(std::uint32_t from, const Visitor& visit) const {
    const image::FatGeometry& geometry = volume_.geometry();
    if (geometry.cluster_count > kClusterLimit) {
        return base::unsupported("a FAT volume of " + std::to_string(geometry.cluster_count) +
                                 " clusters is too large to be edited");
    }
    const std::uint32_t end = geometry.cluster_count + 2;
    for (std::uint32_t first = from / kScanStep * kScanStep; first < end; first += kScanStep) {
        const std::uint32_t count = std::min(kScanStep, end - first);
        const std::uint64_t length = (std::uint64_t{count} * static_cast<std::uint64_t>(geometry.type) + 7) / 8;
        const base::Bytes part = TRY(overlay_.read_bytes(volume_.fat_entry_offset(first, 0), length));
        for (std::uint32_t index = first == 0 ? 2 : 0; index < count; ++index) {
            if (!visit(first + index, decode(geometry.type, part, index))) {
                return {};
            }
        }
    }
    return {};
}

base::Result<std::uint64_t> FatTable::count_free() const {
    std::uint64_t count = 0;
    TRY(scan(0, [&](std::uint32_t, std::uint32_t value) {
        count += value == 0 ? 1U : 0U;
        return true;
    }));
    return count;
}

base::Result<std::vector<std::uint32_t>> FatTable::find_free(std::size_t count) {
    std::vector<std::uint32_t> clusters;
    if (count == 0) {
        return clusters;
    }
    TRY(scan(full_below_, [&](std::uint32_t cluster, std::uint32_t value) {
        if (value == 0) {
            clusters.push_back(cluster);
        }
        return clusters.size() < count;
    }));
    full_below_ = clusters.empty() ? volume_.geometry().cluster_count + 2 : clusters.front();
    if (clusters.size() < count) {
        const std::uint64_t size = volume_.geometry().cluster_size;
        return base::exhausted("the FAT volume is full: " + std::to_string(count * size) + " more bytes are needed, " +
                               std::to_string(clusters.size() * size) + " are free");
    }
    return clusters;
}

base::Result<void> FatTable::set_copy(std::uint32_t cluster, std::uint32_t value, std::uint32_t copy) {
    const image::FatType type = volume_.geometry().type;
    const std::uint64_t offset = volume_.fat_entry_offset(cluster, copy);
    const base::Bytes before = TRY(overlay_.read_bytes(offset, type == image::FatType::Fat32 ? 4 : 2));
    const std::uint32_t old = little(before);
    std::uint32_t merged = value & 0xffffU;
    if (type == image::FatType::Fat32) {
        merged = (old & 0xf0000000U) | (value & 0x0fffffffU);
    } else if (type == image::FatType::Fat12) {
        merged = cluster % 2 == 1 ? (old & 0x000fU) | (value & 0xfffU) << 4U : (old & 0xf000U) | (value & 0xfffU);
    }
    return merged == old ? base::Result<void>() : overlay_.write(offset, little_bytes(merged, before.size()));
}

base::Result<void> FatTable::set(std::uint32_t cluster, std::uint32_t value) {
    for (std::uint32_t copy = 0; copy < volume_.geometry().fat_count; ++copy) {
        TRY(set_copy(cluster, value, copy));
    }
    return {};
}

base::Result<void> FatTable::link(const std::vector<std::uint32_t>& clusters, std::size_t added) {
    constexpr std::uint32_t kLast = 0x0fffffff;
    for (std::size_t i = 0; i < clusters.size(); ++i) {
        const bool last = i + 1 == clusters.size();
        // An old chain may end in any value at or above the end mark.
        if (last && TRY(volume_.fat_entry(clusters[i])) >= volume_.end_mark()) {
            continue;
        }
        TRY(set(clusters[i], last ? kLast : clusters[i + 1]));
    }
    return adjust_free_count(-static_cast<std::int64_t>(added));
}

base::Result<void> FatTable::release(const std::vector<std::uint32_t>& clusters) {
    for (const std::uint32_t cluster : clusters) {
        TRY(set(cluster, 0));
        full_below_ = std::min(full_below_, cluster);
    }
    return adjust_free_count(static_cast<std::int64_t>(clusters.size()));
}

base::Result<void> FatTable::adjust_free_count(std::int64_t difference) {
    constexpr std::uint64_t kFreeCount = 488;
    constexpr std::uint32_t kUnknown = 0xffffffff;
    const std::uint64_t sector = volume_.geometry().info_offset;
    if (sector == 0 || difference == 0) {
        return {};
    }
    const base::Bytes info = TRY(overlay_.read_bytes(sector, 512));
    const std::uint32_t free = image::little32(info, kFreeCount);
    const std::int64_t next = std::int64_t{free} + difference;
    const bool is_info = image::holds(info, 0, "RRaA") && image::holds(info, 484, "rrAa");
    if (!is_info || free == kUnknown) {
        return {};
    }
    const bool plausible = next >= 0 && next <= std::int64_t{volume_.geometry().cluster_count};
    return overlay_.write(sector + kFreeCount,
                          little_bytes(plausible ? static_cast<std::uint32_t>(next) : kUnknown, 4));
}

}  // namespace isolde::vmedia
