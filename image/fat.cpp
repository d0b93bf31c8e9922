// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/fat.h"

#include "image/fat_directory.h"
#include "image/fields.h"

#include <algorithm>
#include <unordered_set>

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

std::string cluster_name(std::uint32_t cluster) {
    return "FAT cluster " + std::to_string(cluster);
}

void append_run(std::vector<ByteRun>& runs, ByteRun run) {
    if (!runs.empty() && runs.back().offset + runs.back().length == run.offset) {
        runs.back().length += run.length;
    } else {
        runs.push_back(run);
    }
}

base::Result<base::Bytes> read_runs(const ByteSource& source, const std::vector<ByteRun>& runs) {
    base::Bytes content;
    for (const ByteRun& run : runs) {
        const auto bytes = TRY(source.read_bytes(run.offset, run.length));
        content.insert(content.end(), bytes.begin(), bytes.end());
    }
    return content;
}

}  // namespace

base::Result<WindowSource> WindowSource::create(const ByteSource& source, std::uint64_t offset, std::uint64_t length) {
    if (offset > source.size() || length > source.size() - offset) {
        return base::corrupt(std::to_string(length) + " bytes at byte " + std::to_string(offset) +
                             " lie outside the image of " + std::to_string(source.size()) + " bytes");
    }
    return WindowSource(source, offset, length);
}

base::Result<void> WindowSource::read(std::uint64_t offset, std::span<std::byte> out) const {
    if (offset > length_ || out.size() > length_ - offset) {
        return base::corrupt(std::to_string(out.size()) + " bytes at byte " + std::to_string(offset) +
                             " lie outside the partition of " + std::to_string(length_) + " bytes");
    }
    return source_->read(offset_ + offset, out);
}

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

std::uint32_t FatVolume::end_mark() const {
    switch (geometry_.type) {
        case FatType::Fat12: return 0xff8;
        case FatType::Fat16: return 0xfff8;
        case FatType::Fat32: break;
    }
    return 0x0ffffff8;
}

std::uint64_t FatVolume::fat_entry_offset(std::uint32_t cluster, std::uint32_t copy) const {
    const std::uint64_t bits = std::uint64_t{cluster} * static_cast<std::uint64_t>(geometry_.type);
    return geometry_.fat_offset + copy * geometry_.fat_size + bits / 8;
}

base::Result<std::uint32_t> FatVolume::fat_entry(std::uint32_t cluster) const {
    if (cluster < 2 || cluster - 2 >= geometry_.cluster_count) {
        return base::corrupt(cluster_name(cluster) + " does not exist in a volume of " +
                             std::to_string(geometry_.cluster_count) + " clusters");
    }
    const std::uint64_t offset = fat_entry_offset(cluster, 0);
    if (geometry_.type == FatType::Fat32) {
        return little32(TRY(source_->read_bytes(offset, 4)), 0) & 0x0fffffffU;
    }
    const std::uint32_t value = little16(TRY(source_->read_bytes(offset, 2)), 0);
    if (geometry_.type == FatType::Fat16) {
        return value;
    }
    return cluster % 2 == 1 ? value >> 4U : value & 0xfffU;
}

base::Result<std::vector<std::uint32_t>> FatVolume::chain(std::uint32_t first_cluster) const {
    const std::uint32_t longest = std::min(geometry_.cluster_count, limits_.chain_clusters);
    std::vector<std::uint32_t> clusters;
    for (std::uint32_t cluster = first_cluster; cluster < end_mark();) {
        const std::uint32_t next =
            TRY(fat_entry(cluster).with_context("following the chain of " + cluster_name(first_cluster)));
        if (next == 0 || next == end_mark() - 1) {
            return base::corrupt(cluster_name(cluster) + ", of the chain of " + cluster_name(first_cluster) +
                                 ", is marked free or bad");
        }
        if (clusters.size() == longest) {
            return base::corrupt("the chain of " + cluster_name(first_cluster) + " is a loop or too long");
        }
        clusters.push_back(cluster);
        cluster = next;
    }
    return clusters;
}

base::Result<std::vector<ByteRun>> FatVolume::directory_runs(std::uint32_t first_cluster) const {
    if (first_cluster == 0 && geometry_.type != FatType::Fat32) {
        return std::vector<ByteRun>{{geometry_.root_offset, geometry_.root_size}};
    }
    const auto clusters = TRY(chain(first_cluster == 0 ? geometry_.root_cluster : first_cluster));
    if (std::uint64_t{clusters.size()} * geometry_.cluster_size > limits_.directory_bytes) {
        return base::exhausted("the FAT directory at " + cluster_name(first_cluster) + " has more than " +
                               std::to_string(limits_.directory_bytes) + " bytes");
    }
    std::vector<ByteRun> runs;
    for (const std::uint32_t cluster : clusters) {
        append_run(runs, {geometry_.cluster_offset(cluster), geometry_.cluster_size});
    }
    return runs;
}

base::Result<std::vector<FatEntry>> FatVolume::directory(std::uint32_t first_cluster) const {
    FatDirectoryParser parser(geometry_.type == FatType::Fat32);
    for (const ByteRun& run : TRY(directory_runs(first_cluster))) {
        if (!parser.take(TRY(source_->read_bytes(run.offset, run.length)), run.offset)) {
            break;
        }
    }
    return std::move(parser).entries();
}

base::Result<FatEntry> FatVolume::find(std::string_view path) const {
    FatEntry here;
    here.attributes = 0x10;
    std::string_view rest = path;
    while (!rest.empty()) {
        const auto part = rest.substr(0, rest.find('/'));
        rest.remove_prefix(std::min(rest.size(), part.size() + 1));
        if (part.empty()) {
            continue;
        }
        const auto entries = here.is_directory() ? TRY(directory(here.first_cluster)) : std::vector<FatEntry>{};
        const auto match = std::find_if(entries.begin(), entries.end(), [&](const FatEntry& entry) {
            return equals_ignoring_case(entry.name, part) || equals_ignoring_case(entry.short_name, part);
        });
        if (match == entries.end()) {
            return base::not_found("\"" + std::string(path) + "\" is not in the FAT volume");
        }
        here = *match;
    }
    return here;
}

base::Result<void> FatVolume::walk(const Visitor& visit) const {
    struct Pending {
        std::uint32_t cluster = 0;
        std::uint32_t depth = 0;
        std::string path;
    };
    std::vector<Pending> pending{Pending{}};
    std::unordered_set<std::uint32_t> visited;
    std::uint32_t total = 0;
    while (!pending.empty()) {
        const Pending here = std::move(pending.back());
        pending.pop_back();
        if (!visited.insert(here.cluster).second) {
            return base::corrupt("the FAT directory \"" + here.path + "\" is reached twice");
        }
        const std::size_t first_child = pending.size();
        for (const FatEntry& entry : TRY(directory(here.cluster))) {
            std::string path = here.path + "/" + entry.name;
            if (++total > limits_.total_entries || here.depth >= limits_.depth) {
                return base::exhausted("the FAT volume has too many or too deep directories");
            }
            TRY(visit(path, entry));
            if (entry.is_directory()) {
                pending.push_back({entry.first_cluster, here.depth + 1, std::move(path)});
            }
        }
        std::reverse(pending.begin() + static_cast<std::ptrdiff_t>(first_child), pending.end());
    }
    return {};
}

base::Result<std::vector<ByteRun>> FatVolume::content_runs(const FatEntry& file) const {
    std::vector<ByteRun> runs;
    if (file.size == 0) {
        return runs;
    }
    std::uint64_t left = file.size;
    for (const std::uint32_t cluster : TRY(chain(file.first_cluster))) {
        const std::uint64_t length = std::min<std::uint64_t>(left, geometry_.cluster_size);
        if (length == 0) {
            break;
        }
        append_run(runs, {geometry_.cluster_offset(cluster), length});
        left -= length;
    }
    if (left != 0) {
        return base::corrupt("the cluster chain of \"" + file.name + "\" is " + std::to_string(left) +
                             " bytes shorter than the file");
    }
    return runs;
}

base::Result<base::Bytes> FatVolume::read_content(const FatEntry& file, std::uint64_t limit) const {
    if (file.size > limit) {
        return base::exhausted("\"" + file.name + "\" has " + std::to_string(file.size) + " bytes, more than " +
                               std::to_string(limit));
    }
    return read_runs(*source_, TRY(content_runs(file)));
}

}  // namespace isolde::image
