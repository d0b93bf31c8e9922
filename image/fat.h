// SPDX-License-Identifier: GPL-3.0-or-later
//
// FAT12, FAT16 and FAT32 as read by EFI firmware (Microsoft's FAT specification 1.03): geometry, directories with long
// names, cluster chains, and the place of each directory entry and each FAT entry, so that an editor can patch them.
// Offsets are bytes from the start of the volume, which is the ByteSource itself: a partition inside an image is given
// as a WindowSource. Thread-safe: immutable after opening, it refers to the source, which must outlive it.
#pragma once

#include "image/byte_source.h"
#include "image/iso9660.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace isolde::image {

/// Bytes [offset, offset + length) of another source, which must outlive it.
class WindowSource final : public ByteSource {
  public:
    /// Errors: Corrupt when the window is not inside `source`.
    static base::Result<WindowSource> create(const ByteSource& source, std::uint64_t offset, std::uint64_t length);
    std::uint64_t size() const override { return length_; }
    base::Result<void> read(std::uint64_t offset, std::span<std::byte> out) const override;
    std::uint64_t offset() const { return offset_; }

  private:
    WindowSource(const ByteSource& source, std::uint64_t offset, std::uint64_t length)
        : source_(&source), offset_(offset), length_(length) {}
    const ByteSource* source_;
    std::uint64_t offset_;
    std::uint64_t length_;
};

struct FatLimits {
    std::uint32_t directory_bytes = 2U << 20U;  ///< one directory: 65,536 entries, the specification's limit
    std::uint32_t total_entries = 100'000;      ///< all of a walk
    std::uint32_t depth = 32;
    std::uint32_t spare_clusters = 4096;        ///< of a file's chain, behind those that its size takes
    std::uint32_t looked_up_entries = 500'000;  ///< read by one FatLookup
};

enum class FatType : std::uint8_t { Fat12 = 12, Fat16 = 16, Fat32 = 32 };

/// The BIOS parameter block, checked: all of the following lies inside the volume.
struct FatGeometry {
    FatType type = FatType::Fat16;
    std::uint32_t sector_size = 512;
    std::uint32_t cluster_size = 512;  ///< bytes
    std::uint32_t cluster_count = 0;   ///< clusters 2 to cluster_count + 1 exist
    std::uint32_t fat_count = 2;
    std::uint64_t fat_offset = 0;    ///< of the first FAT
    std::uint64_t fat_size = 0;      ///< of each FAT, bytes
    std::uint64_t root_offset = 0;   ///< FAT12 and 16: of the root directory
    std::uint32_t root_size = 0;     ///< FAT12 and 16: bytes; FAT32: 0
    std::uint32_t root_cluster = 0;  ///< FAT32; else 0
    std::uint64_t data_offset = 0;   ///< of cluster 2
    std::uint64_t volume_size = 0;   ///< total sectors, in bytes: may be less than the source
    std::uint64_t info_offset = 0;   ///< FAT32: of the FSInfo sector; 0: none
    std::string volume_label;        ///< of the parameter block

    std::uint64_t cluster_offset(std::uint32_t cluster) const {
        return data_offset + std::uint64_t{cluster - 2} * cluster_size;
    }
};

struct FatEntry {
    std::string name;  ///< long name, else the short one as it is displayed ("BOOTX64.EFI"; lower case by its flags)
    std::string short_name;           ///< "GRUB~1.CFG"
    std::uint8_t attributes = 0;      ///< 0x10 directory, 0x08 volume label, 0x01 read-only
    std::uint32_t first_cluster = 0;  ///< 0: empty, or the root in ".."
    std::uint32_t size = 0;           ///< bytes; 0 for directories
    std::uint64_t entry_offset = 0;   ///< of the 32-byte short entry: high cluster at +20, low at +26, size at +28
    std::uint32_t entry_count =
        1;  ///< directory entries in use: the long name's, which stand before, and the short one

    bool is_directory() const { return (attributes & 0x10U) != 0; }
};

class FatWindow;

class FatVolume {
  public:
    /// Errors: Unsupported (no FAT), Corrupt (a parameter block that contradicts itself or the source's size; the
    /// message names the field).
    static base::Result<FatVolume> open(const ByteSource& source, const FatLimits& limits = {});

    const FatGeometry& geometry() const { return geometry_; }
    const FatLimits& limits() const { return limits_; }

    /// Entries of a directory in the order of the medium, without ".", "..", deleted ones and volume labels.
    /// Cluster 0 is the root. Errors: Corrupt, Exhausted (FatLimits).
    base::Result<std::vector<FatEntry>> directory(std::uint32_t first_cluster) const;
    /// Byte runs of a directory, root included: where an editor finds free entries. Errors: as directory.
    base::Result<std::vector<ByteRun>> directory_runs(std::uint32_t first_cluster) const;

    /// Looks up ignoring ASCII case, by long or short name. Errors: NotFound, else as directory.
    base::Result<FatEntry> find(std::string_view path) const;

    /// `entry`, of this volume, with its cluster and size as they stand now. Errors: Corrupt.
    base::Result<FatEntry> as_it_stands(FatEntry entry) const;

    /// Visits each entry with its absolute path ("/EFI/BOOT/BOOTX64.EFI"), a directory before its content.
    /// Errors: the visitor's, Corrupt (also a directory reached twice), Exhausted.
    using Visitor = std::function<base::Result<void>(const std::string& path, const FatEntry& entry)>;
    base::Result<void> walk(const Visitor& visit) const;

    /// Clusters of the chain of a file of `size` bytes in order. Errors: Corrupt (a loop, a free or bad cluster in it,
    /// many more clusters than the file needs).
    base::Result<std::vector<std::uint32_t>> chain(std::uint32_t first_cluster, std::uint64_t size) const;
    /// The same of a directory. Errors: also Exhausted (FatLimits).
    base::Result<std::vector<std::uint32_t>> directory_chain(std::uint32_t first_cluster) const;
    /// A file's bytes as runs in the volume. Errors: as chain; Corrupt when the chain is shorter than the file.
    base::Result<std::vector<ByteRun>> content_runs(const FatEntry& file) const;
    /// Errors: as content_runs; Exhausted above `limit`.
    base::Result<base::Bytes> read_content(const FatEntry& file, std::uint64_t limit) const;

    /// What the first FAT holds for `cluster` (2 to cluster_count + 1), masked to the type's width; values at or above
    /// end_mark() end a chain. Errors: Corrupt when the cluster does not exist.
    base::Result<std::uint32_t> fat_entry(std::uint32_t cluster) const;
    /// Byte offset in the volume of `cluster`'s entry in FAT number `copy`; for FAT12 of the byte that it begins in (an
    /// odd cluster begins in that byte's upper half).
    std::uint64_t fat_entry_offset(std::uint32_t cluster, std::uint32_t copy) const;
    /// 0xff8, 0xfff8, 0x0ffffff8.
    std::uint32_t end_mark() const;

  private:
    FatVolume(const ByteSource& source, FatGeometry geometry, const FatLimits& limits)
        : source_(&source), geometry_(std::move(geometry)), limits_(limits) {}

    base::Result<std::uint32_t> fat_entry(std::uint32_t cluster, FatWindow& window) const;
    base::Result<std::vector<std::uint32_t>> follow(std::uint32_t first_cluster, std::uint64_t longest) const;

    const ByteSource* source_;
    FatGeometry geometry_;
    FatLimits limits_;
};

/// Looks up many paths of one volume, each directory read once. Not thread-safe; the volume must outlive it. What it
/// gives of an entry is as the entry stands; of entries that are added or taken away it must be told. Directories are
/// named by their first cluster, the root by 0.
class FatLookup {
  public:
    explicit FatLookup(const FatVolume& volume) : volume_(volume), left_(volume.limits().looked_up_entries) {}

    /// As FatVolume::find. Errors: also Exhausted when more entries had to be read than FatLimits has for it.
    base::Result<FatEntry> find(std::string_view path);
    /// The entry of `directory` that has this long or short name; nothing when there is none. Errors: as find.
    base::Result<std::optional<FatEntry>> find_in(std::uint32_t directory, std::string_view name);
    /// `entry` was put into `directory`.
    void add(std::uint32_t directory, FatEntry entry);
    /// The directories have changed.
    void forget();

  private:
    struct Directory {
        void add(FatEntry entry);
        std::vector<FatEntry> entries;
        std::unordered_map<std::string, std::size_t> names;  ///< in capitals, long and short ones → index
    };
    base::Result<const Directory*> directory_at(std::uint32_t cluster);

    const FatVolume& volume_;
    std::map<std::uint32_t, Directory> directories_;  ///< by first cluster
    std::size_t kept_ = 0;                            ///< entries in all of them
    std::uint32_t left_;
};

/// True when the source begins with something FatVolume::open would accept.
bool is_fat(const ByteSource& source);

}  // namespace isolde::image
