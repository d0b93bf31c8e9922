// SPDX-License-Identifier: GPL-3.0-or-later
//
// The allocation of a FAT volume, written through an overlay: every copy of the FAT and the free count of FAT32's
// information sector (FSInfo) are kept in step.
#pragma once

#include "image/fat.h"
#include "vmedia/edit/sector_overlay.h"

#include <functional>
#include <vector>

namespace isolde::vmedia {

/// Not thread-safe.
class FatTable {
  public:
    /// Both must outlive it; `volume` reads through `overlay`.
    FatTable(SectorOverlay& overlay, const image::FatVolume& volume) : overlay_(overlay), volume_(volume) {}

    /// The first `count` free clusters. Errors: Exhausted naming bytes needed and free, Unsupported (a volume of more
    /// clusters than a boot partition has).
    base::Result<std::vector<std::uint32_t>> find_free(std::size_t count);
    base::Result<std::uint64_t> count_free() const;

    /// Makes `clusters` one chain; `added` of them were free before.
    base::Result<void> link(const std::vector<std::uint32_t>& clusters, std::size_t added);
    base::Result<void> release(const std::vector<std::uint32_t>& clusters);
    /// The overlay was taken back to what it was before.
    void forget() { full_below_ = 0; }

  private:
    /// Visits clusters in order, from about `from` on, until the visitor returns false.
    using Visitor = std::function<bool(std::uint32_t cluster, std::uint32_t value)>;
    base::Result<void> scan(std::uint32_t from, const Visitor& visit) const;
    base::Result<void> set(std::uint32_t cluster, std::uint32_t value);
    base::Result<void> set_copy(std::uint32_t cluster, std::uint32_t value, std::uint32_t copy);
    base::Result<void> adjust_free_count(std::int64_t difference);

    SectorOverlay& overlay_;
    const image::FatVolume& volume_;
    std::uint32_t full_below_ = 0;  ///< no cluster before this one is free
};

}  // namespace isolde::vmedia
