// SPDX-License-Identifier: GPL-3.0-or-later
//
// Free entries of the directories of a FAT volume. It remembers where each directory has none, so that hundreds of
// files go into a directory of tens of thousands without reading it again for each.
#pragma once

#include "vmedia/edit/fat_table.h"

#include <map>

namespace isolde::vmedia {

/// Not thread-safe. Directories are named by their first cluster, the root by 0.
class FatSlots {
  public:
    /// All must outlive it; `volume` reads through `overlay`.
    FatSlots(SectorOverlay& overlay, const image::FatVolume& volume, FatTable& table)
        : overlay_(overlay), volume_(volume), table_(table) {}

    /// Offsets of `count` entries in a row that are free; the directory grows when it must, and its end mark moves
    /// behind them. The caller fills them. Errors: Exhausted (the volume, or the directory, is full), Corrupt.
    base::Result<std::vector<std::uint64_t>> take(std::uint32_t directory, std::size_t count);
    /// A cluster of zeros that follows no other. Errors: as take.
    base::Result<std::uint32_t> new_cluster();
    /// Entries became free, or the overlay was taken back to what it was before.
    void forget() { directories_.clear(); }

  private:
    struct Directory {
        std::vector<std::uint32_t> clusters;            ///< none: the root of FAT12 and FAT16
        std::map<std::size_t, std::uint64_t> searched;  ///< so many in a row are free from this entry on, not before
    };
    base::Result<Directory*> directory_at(std::uint32_t directory);
    base::Result<std::vector<std::uint64_t>> find(Directory& directory, std::size_t count);
    base::Result<base::Bytes> read_from(const Directory& directory, std::uint64_t entry) const;
    base::Result<void> end_at(std::uint64_t offset);
    base::Result<void> grow(std::uint32_t directory);
    std::uint64_t entries_of(const Directory& directory) const;
    std::uint64_t offset_of(const Directory& directory, std::uint64_t entry) const;

    SectorOverlay& overlay_;
    const image::FatVolume& volume_;
    FatTable& table_;
    std::map<std::uint32_t, Directory> directories_;
};

}  // namespace isolde::vmedia
