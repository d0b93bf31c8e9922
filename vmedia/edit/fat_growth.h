// SPDX-License-Identifier: GPL-3.0-or-later
//
// A FAT volume made larger without copying its files: boot sector, FATs and the fixed root directory are laid out anew
// for more clusters, and every cluster keeps its number and its content. The larger volume is the new head, then bytes
// of the old volume as they stand, then zeros.
#pragma once

#include "image/fat.h"

#include <cstdint>

namespace isolde::vmedia {

/// The largest volume that growing makes.
inline constexpr std::uint64_t kFatSizeLimit = 512U << 20U;

struct FatGrowth {
    /// Where the old content goes on: multiples of this many bytes, in the old volume and in the new one.
    static constexpr std::uint64_t kAlignment = 2048;

    base::Bytes head;              ///< a multiple of kAlignment long
    std::uint64_t old_offset = 0;  ///< byte of the old volume that follows the head
    std::uint64_t old_length = 0;  ///< bytes of it; may end behind the old volume by less than kAlignment
    std::uint64_t size = 0;        ///< of the new volume, a multiple of kAlignment; zeros behind the old content
};

/// Room for `clusters` more clusters at least. A FAT12 that has too many for its type becomes a FAT16; The root
/// directory of FAT12 and FAT16 gets twice its entries, and 512 more at least. Errors: Exhausted (it would be larger
/// than kFatSizeLimit, or a FAT16 with more clusters than the type has; the message names the bytes), Unsupported (a
/// sector size above 2048), Corrupt.
base::Result<FatGrowth> grow_fat(const image::ByteSource& volume, std::uint64_t clusters);

}  // namespace isolde::vmedia
