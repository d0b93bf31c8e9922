// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/edit/fat_growth.h"

#include "image/fields.h"

#include <algorithm>
#include <string_view>

namespace isolde::vmedia {
namespace {

using image::FatGeometry;
using image::FatType;

constexpr std::uint32_t kMaxFat12Clusters = 4084;
constexpr std::uint32_t kMaxFat16Clusters = 65524;
// Near the limits of a type drivers disagree by some clusters about which one it is.
constexpr std::uint32_t kDoubtfulClusters = 16;
constexpr std::uint64_t kMoreRootBytes = 8 * FatGrowth::kAlignment;
constexpr std::uint64_t kMaxRootEntries = 65535;
constexpr std::uint64_t kMaxHead = 16U << 20U;   // twice what 512 MiB of the smallest clusters take
constexpr std::uint64_t kEntriesPerStep = 4096;  // even: a step of FAT12 begins at a whole byte

std::uint64_t round_up(std::uint64_t value) {
    return (value + FatGrowth::kAlignment - 1) / FatGrowth::kAlignment * FatGrowth::kAlignment;
}

void put_little(base::Bytes& bytes, std::uint64_t at, std::uint64_t value, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) {
        bytes[at + i] = static_cast<std::byte>(value >> (8 * i) & 0xffU);
    }
}

base::Error too_large(const FatGeometry& old, std::uint64_t added) {
    return base::exhausted("the FAT volume of " + std::to_string(old.volume_size) + " bytes cannot grow by " +
                           std::to_string(added) + " bytes");
}

/// The new volume's measures; what it does not name is as it was.
struct Layout {
    FatType type = FatType::Fat16;
    std::uint32_t cluster_count = 0;
    std::uint64_t fat_size = 0;   ///< bytes
    std::uint64_t root_size = 0;  ///< bytes
    std::uint64_t data_offset = 0;
    std::uint64_t volume_size = 0;  ///< bytes; to the last cluster's end, for readers count clusters by it
};

/// FATs and root directory grow by whole blocks, so that the data stays aligned to them.
Layout lay_out(const FatGeometry& old, FatType type, std::uint32_t cluster_count) {
    Layout layout;
    layout.type = type;
    layout.cluster_count = cluster_count;
    const std::uint64_t bits = (std::uint64_t{cluster_count} + 2) * static_cast<std::uint64_t>(type);
    const std::uint64_t needed = (bits + 7) / 8;
    layout.fat_size = old.fat_size + (needed > old.fat_size ? round_up(needed - old.fat_size) : 0);
    const std::uint64_t more_root = std::max(kMoreRootBytes, round_up(old.root_size));
    const bool larger_root = old.root_size > 0 && (old.root_size + more_root) / 32 <= kMaxRootEntries;
    layout.root_size = old.root_size + (larger_root ? more_root : 0);
    layout.data_offset =
        old.data_offset + old.fat_count * (layout.fat_size - old.fat_size) + (layout.root_size - old.root_size);
    layout.volume_size = layout.data_offset + std::uint64_t{cluster_count} * old.cluster_size;
    return layout;
}

base::Result<Layout> choose_layout(const FatGeometry& old, std::uint64_t clusters) {
    const std::uint64_t added = clusters * old.cluster_size;
    if (clusters > kFatSizeLimit / old.cluster_size || old.volume_size > kFatSizeLimit) {
        return too_large(old, added).with_context("EFI system partitions are grown to 512 MiB at most");
    }
    auto count = static_cast<std::uint32_t>(old.cluster_count + clusters);
    FatType type = old.type;
    if (type == FatType::Fat12 && count > kMaxFat12Clusters - kDoubtfulClusters) {
        type = FatType::Fat16;
        count = std::max(count, kMaxFat12Clusters + 1 + kDoubtfulClusters);
    }
    if (type == FatType::Fat16 && count > kMaxFat16Clusters - kDoubtfulClusters) {
        return too_large(old, added)
            .with_context("a FAT16 with clusters of " + std::to_string(old.cluster_size) +
                          " bytes holds 65524 of them");
    }
    const Layout layout = lay_out(old, type, count);
    if (layout.volume_size > kFatSizeLimit) {
        return too_large(old, added).with_context("EFI system partitions are grown to 512 MiB at most");
    }
    if (layout.data_offset > kMaxHead) {
        return too_large(old, added).with_context("its tables take " + std::to_string(layout.data_offset) + " bytes");
    }
    return layout;
}

/// Entry number `index` of a part of a FAT that begins with an even cluster.
std::uint32_t decode(FatType type, base::ByteView bytes, std::uint64_t index) {
    switch (type) {
        case FatType::Fat12: {
            const std::uint32_t value = image::little16(bytes, index * 3 / 2);
            return index % 2 == 1 ? value >> 4U : value & 0xfffU;
        }
        case FatType::Fat16: return image::little16(bytes, index * 2);
        case FatType::Fat32: break;
    }
    return image::little32(bytes, index * 4);
}

/// Marks for bad clusters and ends of chains are the highest values of each width, as the first two entries are.
std::uint32_t widen(std::uint32_t value, std::uint64_t cluster) {
    return cluster < 2 || value >= 0xff7U ? value | 0xf000U : value;
}

class HeadBuilder {
  public:
    HeadBuilder(const image::ByteSource& volume, const FatGeometry& old, const Layout& layout)
        : volume_(volume), old_(old), layout_(layout) {}

    base::Result<FatGrowth> build() {
        FatGrowth growth;
        growth.size = round_up(layout_.volume_size);
        const std::uint64_t head_size = round_up(layout_.data_offset);
        const std::uint64_t shift = layout_.data_offset - old_.data_offset;
        const std::uint64_t data_end = old_.data_offset + std::uint64_t{old_.cluster_count} * old_.cluster_size;
        head_.resize(head_size);
        TRY(copy(0, 0, old_.fat_offset));
        TRY(copy_table());
        TRY(copy(old_.root_offset, old_.fat_offset + old_.fat_count * layout_.fat_size, old_.root_size));
        growth.old_offset = head_size - shift;
        TRY(copy(old_.data_offset, layout_.data_offset, std::min(growth.old_offset, data_end) - old_.data_offset));
        growth.old_length = round_up(data_end) - std::min(round_up(data_end), growth.old_offset);
        TRY(patch_parameters());
        growth.head = std::move(head_);
        return growth;
    }

  private:
    base::Result<void> copy(std::uint64_t from, std::uint64_t to, std::uint64_t length) {
        return volume_.read(from, std::span(head_).subspan(to, length));
    }

    /// Only entries of clusters that existed: what stands behind them in the old FAT says nothing.
    base::Result<void> copy_table() {
        const std::uint64_t entries = std::uint64_t{old_.cluster_count} + 2;
        const auto bits = static_cast<std::uint64_t>(old_.type);
        for (std::uint64_t first = 0; first < entries; first += kEntriesPerStep) {
            const std::uint64_t count = std::min(kEntriesPerStep, entries - first);
            const base::Bytes part =
                TRY(volume_.read_bytes(old_.fat_offset + first * bits / 8, (count * bits + 7) / 8));
            for (std::uint64_t index = 0; index < count; ++index) {
                const std::uint32_t value = decode(old_.type, part, index);
                put_entry(first + index, old_.type == layout_.type ? value : widen(value, first + index));
            }
        }
        for (std::uint32_t number = 1; number < old_.fat_count; ++number) {
            std::copy_n(head_.begin() + static_cast<std::ptrdiff_t>(old_.fat_offset), layout_.fat_size,
                        head_.begin() + static_cast<std::ptrdiff_t>(old_.fat_offset + number * layout_.fat_size));
        }
        return {};
    }

    void put_entry(std::uint64_t cluster, std::uint32_t value) {
        const std::uint64_t at = old_.fat_offset + cluster * static_cast<std::uint64_t>(layout_.type) / 8;
        if (layout_.type == FatType::Fat12) {
            const std::uint32_t present = image::little16(head_, at);
            put_little(head_, at, cluster % 2 == 1 ? present | value << 4U : present | value, 2);
        } else {
            put_little(head_, at, value, layout_.type == FatType::Fat16 ? 2 : 4);
        }
    }

    base::Result<void> patch_parameters() {
        patch_parameters_at(0);
        if (old_.type != FatType::Fat32) {
            return {};
        }
        const std::uint64_t backup = std::uint64_t{image::little16(head_, 50)} * old_.sector_size;
        if (backup > 0 && backup + 512 <= old_.fat_offset) {
            patch_parameters_at(backup);
        }
        add_free_clusters();
        return {};
    }

    void patch_parameters_at(std::uint64_t at) {
        const std::uint64_t sectors = layout_.volume_size / old_.sector_size;
        const bool short_count = sectors <= 0xffff && old_.type != FatType::Fat32;
        put_little(head_, at + 17, layout_.root_size / 32, 2);
        put_little(head_, at + 19, short_count ? sectors : 0, 2);
        put_little(head_, at + 32, short_count ? 0 : sectors, 4);
        const std::uint64_t fat_sectors = layout_.fat_size / old_.sector_size;
        if (old_.type == FatType::Fat32) {
            put_little(head_, at + 36, fat_sectors, 4);
            return;
        }
        put_little(head_, at + 22, fat_sectors, 2);
        if (image::holds(head_, at + 54, "FAT12   ") && layout_.type == FatType::Fat16) {
            put_little(head_, at + 58, '6', 1);
        }
    }

    /// FAT32's information sector counts free clusters.
    void add_free_clusters() {
        constexpr std::uint64_t kFreeCount = 488;
        const std::uint64_t at = old_.info_offset;
        if (at == 0 || at + 512 > old_.fat_offset || !image::holds(head_, at, "RRaA")) {
            return;
        }
        const std::uint32_t free = image::little32(head_, at + kFreeCount);
        if (free <= old_.cluster_count) {
            put_little(head_, at + kFreeCount, std::uint64_t{free} + layout_.cluster_count - old_.cluster_count, 4);
        }
    }

    const image::ByteSource& volume_;
    const FatGeometry& old_;
    const Layout& layout_;
    base::Bytes head_;
};

}  // namespace

base::Result<FatGrowth> grow_fat(const image::ByteSource& volume, std::uint64_t clusters) {
    const image::FatVolume opened = TRY(image::FatVolume::open(volume));
    const FatGeometry& old = opened.geometry();
    if (old.sector_size > FatGrowth::kAlignment) {
        return base::unsupported("a FAT volume with sectors of " + std::to_string(old.sector_size) +
                                 " bytes cannot be grown");
    }
    return HeadBuilder(volume, old, TRY(choose_layout(old, clusters))).build();
}

}  // namespace isolde::vmedia
