// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/fat.h"
#include "image/fields.h"

namespace isolde::image {
namespace {

constexpr std::uint32_t kMaxFat12Clusters = 4084;
constexpr std::uint32_t kMaxFat16Clusters = 65524;
constexpr std::uint32_t kMaxFat32Clusters = 0x0ffffff5;
constexpr std::uint32_t kBootSector = 512;

bool is_power_of_two(std::uint32_t value) {
    return value != 0 && (value & (value - 1)) == 0;
}

base::Error bad_field(const std::string& field) {
    return base::corrupt("the FAT boot sector contradicts itself: " + field);
}

/// The parameter block's fields in sectors, as recorded.
struct ParameterBlock {
    std::uint32_t sector_size = 0;
    std::uint32_t sectors_per_cluster = 0;
    std::uint32_t reserved = 0;
    std::uint32_t fat_count = 0;
    std::uint32_t root_entries = 0;
    std::uint32_t total = 0;
    std::uint32_t sectors_per_fat = 0;

    std::uint64_t root_sectors() const { return (std::uint64_t{root_entries} * 32 + sector_size - 1) / sector_size; }
    std::uint64_t first_data() const { return reserved + std::uint64_t{fat_count} * sectors_per_fat + root_sectors(); }
};

ParameterBlock parse_block(base::ByteView sector) {
    ParameterBlock block;
    block.sector_size = little16(sector, 11);
    block.sectors_per_cluster = field8(sector, 13);
    block.reserved = little16(sector, 14);
    block.fat_count = field8(sector, 16);
    block.root_entries = little16(sector, 17);
    block.total = little16(sector, 19) != 0 ? little16(sector, 19) : little32(sector, 32);
    block.sectors_per_fat = little16(sector, 22) != 0 ? little16(sector, 22) : little32(sector, 36);
    return block;
}

bool looks_like_fat(base::ByteView sector) {
    const ParameterBlock block = parse_block(sector);
    const std::uint8_t jump = field8(sector, 0);
    const bool sizes = is_power_of_two(block.sector_size) && block.sector_size >= 512 && block.sector_size <= 4096 &&
                       is_power_of_two(block.sectors_per_cluster);
    return (jump == 0xeb || jump == 0xe9) && sizes && block.fat_count >= 1 && block.fat_count <= 2 &&
           block.reserved >= 1 && block.sectors_per_fat >= 1 && field8(sector, 21) >= 0xf0;
}

base::Result<void> check_block(const ParameterBlock& block, std::uint64_t source_size) {
    if (block.total == 0 || std::uint64_t{block.total} * block.sector_size > source_size) {
        return bad_field("it has " + std::to_string(block.total) + " sectors, more than the source's " +
                         std::to_string(source_size) + " bytes");
    }
    if (block.first_data() >= block.total) {
        return bad_field("FATs and root directory take all of its sectors");
    }
    return {};
}

FatType type_by_count(std::uint32_t clusters) {
    return clusters <= kMaxFat12Clusters   ? FatType::Fat12
           : clusters <= kMaxFat16Clusters ? FatType::Fat16
                                           : FatType::Fat32;
}

void place_root(base::ByteView sector, const ParameterBlock& block, FatGeometry& geometry) {
    if (geometry.type == FatType::Fat32) {
        const std::uint32_t info = little16(sector, 48);
        geometry.root_cluster = little32(sector, 44);
        geometry.info_offset = info > 0 && info < block.reserved ? std::uint64_t{info} * block.sector_size : 0;
    } else {
        geometry.root_offset = geometry.fat_offset + geometry.fat_count * geometry.fat_size;
        geometry.root_size = block.root_entries * 32;
    }
    geometry.volume_label = padded_text(sector, geometry.type == FatType::Fat32 ? 71 : 43, 11);
}

FatGeometry lay_out(base::ByteView sector, const ParameterBlock& block) {
    FatGeometry geometry;
    const std::uint64_t clusters = (block.total - block.first_data()) / block.sectors_per_cluster;
    geometry.sector_size = block.sector_size;
    geometry.cluster_size = block.sector_size * block.sectors_per_cluster;
    geometry.cluster_count = static_cast<std::uint32_t>(clusters);
    // A FAT32 always has no fixed root and no 16-bit FAT size, whatever the number of its clusters.
    geometry.type =
        block.root_entries == 0 && little16(sector, 22) == 0 ? FatType::Fat32 : type_by_count(geometry.cluster_count);
    geometry.fat_count = block.fat_count;
    geometry.fat_offset = std::uint64_t{block.reserved} * block.sector_size;
    geometry.fat_size = std::uint64_t{block.sectors_per_fat} * block.sector_size;
    geometry.data_offset = block.first_data() * block.sector_size;
    geometry.volume_size = std::uint64_t{block.total} * block.sector_size;
    place_root(sector, block, geometry);
    return geometry;
}

base::Result<void> check_geometry(const FatGeometry& geometry) {
    const std::uint64_t bits = (std::uint64_t{geometry.cluster_count} + 2) * static_cast<std::uint64_t>(geometry.type);
    if (geometry.cluster_count == 0 || geometry.cluster_count > kMaxFat32Clusters) {
        return bad_field("it has " + std::to_string(geometry.cluster_count) + " clusters");
    }
    if ((bits + 7) / 8 > geometry.fat_size) {
        return bad_field("its FATs are too small for its clusters");
    }
    const bool small_root = geometry.type != FatType::Fat32 && geometry.root_size == 0;
    const bool bad_root = geometry.type == FatType::Fat32 &&
                          (geometry.root_cluster < 2 || geometry.root_cluster - 2 >= geometry.cluster_count);
    if (small_root || bad_root) {
        return bad_field("it has no root directory");
    }
    return {};
}

}  // namespace

bool is_fat(const ByteSource& source) {
    return FatVolume::open(source).ok();
}

base::Result<FatVolume> FatVolume::open(const ByteSource& source, const FatLimits& limits) {
    if (source.size() < kBootSector) {
        return base::unsupported("this is no FAT: it has less than a sector");
    }
    const auto sector = TRY(source.read_bytes(0, kBootSector));
    if (!looks_like_fat(sector)) {
        return base::unsupported("this is no FAT: its first sector is no FAT boot sector");
    }
    const ParameterBlock block = parse_block(sector);
    TRY(check_block(block, source.size()));
    FatGeometry geometry = lay_out(sector, block);
    TRY(check_geometry(geometry));
    return FatVolume(source, std::move(geometry), limits);
}

}  // namespace isolde::image
