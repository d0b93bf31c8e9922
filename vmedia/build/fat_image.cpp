// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/build/fat_image.h"

#include "base/digest.h"
#include "vmedia/edit/fat_editor.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <map>
#include <string_view>

namespace isolde::vmedia {
namespace {

constexpr std::uint32_t kSector = 512;
constexpr std::uint32_t kEntrySize = 32;
constexpr std::uint32_t kMinRootEntries = 512;
constexpr std::uint32_t kMaxRootEntries = 65'520;
constexpr std::uint32_t kMinClusters = 700;
constexpr std::uint32_t kFat12Clusters = 4084;   ///< the most that FAT12 has
constexpr std::uint32_t kFat16Clusters = 65524;  ///< the most that FAT16 has
/// Drivers disagree about the type of volumes within a few clusters of the border.
constexpr std::uint32_t kBorder = 16;
constexpr std::uint32_t kMaxSectorsPerCluster = 64;
constexpr std::size_t kLabelSize = 11;

struct Geometry {
    std::uint32_t sectors_per_cluster = 4;
    std::uint32_t clusters = 0;
    std::uint32_t root_entries = kMinRootEntries;

    bool is_fat12() const { return clusters <= kFat12Clusters; }
    std::uint32_t cluster_size() const { return sectors_per_cluster * kSector; }
    std::uint32_t fat_sectors() const {
        const std::uint32_t entries = clusters + 2;
        const std::uint32_t bytes = is_fat12() ? (entries * 3 + 1) / 2 : entries * 2;
        return (bytes + kSector - 1) / kSector;
    }
    std::uint32_t root_sector() const { return 1 + 2 * fat_sectors(); }
    std::uint32_t root_sectors() const { return root_entries * kEntrySize / kSector; }
    std::uint32_t total_sectors() const { return root_sector() + root_sectors() + clusters * sectors_per_cluster; }
};

/// Directory entries of a name: the short one, and a long one for each 13 characters.
std::uint64_t entries_of(std::string_view name) {
    return 1 + (name.size() + 12) / 13;
}

/// Entries in each directory, the root as "".
std::map<std::string, std::uint64_t> count_entries(const std::vector<const MediaFile*>& files) {
    std::map<std::string, std::uint64_t> directories{{"", 1}};
    for (const MediaFile* file : files) {
        std::string path = file->path;
        bool is_new = true;
        while (is_new && !path.empty()) {
            const std::size_t slash = path.rfind('/');
            const std::string parent = path.substr(0, slash);
            is_new = directories.try_emplace(parent, 2).second;
            directories[parent] += entries_of(std::string_view(path).substr(slash + 1));
            path = parent;
        }
    }
    return directories;
}

std::uint64_t clusters_needed(const std::vector<const MediaFile*>& files,
                              const std::map<std::string, std::uint64_t>& directories, std::uint32_t cluster_size) {
    const auto clusters = [cluster_size](std::uint64_t bytes) { return (bytes + cluster_size - 1) / cluster_size; };
    std::uint64_t total = 0;
    for (const MediaFile* file : files) {
        total += clusters(file->content.size());
    }
    for (const auto& [path, entries] : directories) {
        total += path.empty() ? 0 : clusters(entries * kEntrySize) + 1;
    }
    return total;
}

std::uint32_t away_from_border(std::uint64_t clusters) {
    const bool near = clusters + kBorder > kFat12Clusters && clusters <= kFat12Clusters + kBorder;
    return static_cast<std::uint32_t>(near ? kFat12Clusters + kBorder + 1 : clusters);
}

base::Result<Geometry> plan_volume(const std::vector<const MediaFile*>& files) {
    const auto directories = count_entries(files);
    Geometry geometry;
    const std::uint64_t root = (directories.at("") + 15) / 16 * 16;
    if (root > kMaxRootEntries) {
        return base::exhausted("a FAT volume cannot hold " + std::to_string(root) + " entries in its root");
    }
    geometry.root_entries = std::max(kMinRootEntries, static_cast<std::uint32_t>(root));
    while (geometry.sectors_per_cluster <= kMaxSectorsPerCluster) {
        const std::uint64_t needed = clusters_needed(files, directories, geometry.cluster_size()) + kBorder;
        if (needed <= kFat16Clusters - kBorder) {
            geometry.clusters = std::max(kMinClusters, away_from_border(needed));
            return geometry;
        }
        geometry.sectors_per_cluster *= 2;
    }
    return base::exhausted("the files do not fit into a FAT16 volume");
}

/// Eleven characters, padded. FAT labels are in upper case.
base::Result<std::string> padded_label(const std::string& label) {
    if (label.size() > kLabelSize) {
        return base::invalid_argument("the label \"" + label + "\" is longer than the 11 characters of FAT");
    }
    std::string padded = label;
    std::transform(padded.begin(), padded.end(), padded.begin(),
                   [](unsigned char character) { return static_cast<char>(std::toupper(character)); });
    padded.resize(kLabelSize, ' ');
    return padded;
}

class VolumeWriter {
  public:
    explicit VolumeWriter(std::size_t size) : bytes_(size) {}
    void number(std::size_t offset, std::uint32_t value, unsigned width) {
        for (unsigned index = 0; index < width; ++index) {
            bytes_[offset + index] = static_cast<std::byte>(value >> (8 * index));
        }
    }
    void text(std::size_t offset, std::string_view value) { std::memcpy(&bytes_[offset], value.data(), value.size()); }
    base::Bytes take() { return std::move(bytes_); }

  private:
    base::Bytes bytes_;
};

/// The boot sector of Microsoft's FAT specification 1.03, "Boot Sector and BPB Structure". No boot code.
void write_boot_sector(VolumeWriter& volume, const Geometry& geometry, const std::string& label, std::uint32_t serial) {
    const bool small = geometry.total_sectors() < 0x10000;
    volume.number(0, 0x903ceb, 3);
    volume.text(3, "ISOLDE  ");
    volume.number(11, kSector, 2);
    volume.number(13, geometry.sectors_per_cluster, 1);
    volume.number(14, 1, 2);  // reserved sectors
    volume.number(16, 2, 1);  // FATs
    volume.number(17, geometry.root_entries, 2);
    volume.number(19, small ? geometry.total_sectors() : 0, 2);
    volume.number(21, 0xf8, 1);
    volume.number(22, geometry.fat_sectors(), 2);
    volume.number(24, 32, 2);  // sectors per track
    volume.number(26, 64, 2);  // heads
    volume.number(32, small ? 0 : geometry.total_sectors(), 4);
    volume.number(36, 0x80, 1);
    volume.number(38, 0x29, 1);
    volume.number(39, serial, 4);
    volume.text(43, label);
    volume.text(54, geometry.is_fat12() ? "FAT12   " : "FAT16   ");
    volume.number(510, 0xaa55, 2);
}

base::Bytes empty_volume(const Geometry& geometry, const std::string& label, std::uint32_t serial) {
    VolumeWriter volume(std::size_t{geometry.total_sectors()} * kSector);
    write_boot_sector(volume, geometry, label, serial);
    for (std::uint32_t copy = 0; copy < 2; ++copy) {
        const std::size_t fat = std::size_t{1 + copy * geometry.fat_sectors()} * kSector;
        volume.number(fat, 0xfffffff8, geometry.is_fat12() ? 3 : 4);
    }
    const std::size_t root = std::size_t{geometry.root_sector()} * kSector;
    volume.text(root, label);
    volume.number(root + 11, 0x08, 1);
    volume.number(root + 24, 0x21, 2);  // 1980-01-01
    return volume.take();
}

std::uint32_t serial_of(const MediaContent& content, const std::vector<const MediaFile*>& files) {
    std::uint32_t serial = base::crc32(base::as_bytes(content.label));
    for (const MediaFile* file : files) {
        serial = base::crc32(file->content, base::crc32(base::as_bytes(file->path), serial));
    }
    return serial;
}

}  // namespace

base::Result<base::Bytes> build_fat(const MediaContent& content) {
    const auto files = TRY(sorted_files(content));
    const Geometry geometry = TRY(plan_volume(files));
    base::Bytes bytes = empty_volume(geometry, TRY(padded_label(content.label)), serial_of(content, files));
    const image::MemorySource blank(bytes);
    FatEditor editor = TRY(FatEditor::open(blank));
    for (const MediaFile* file : files) {
        TRY(editor.add(file->path, file->content));
    }
    for (const ChangedRange& range : editor.changes()) {
        std::copy(range.bytes.begin(), range.bytes.end(), bytes.begin() + static_cast<std::ptrdiff_t>(range.offset));
    }
    return bytes;
}

}  // namespace isolde::vmedia
