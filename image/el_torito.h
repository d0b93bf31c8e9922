// SPDX-License-Identifier: GPL-3.0-or-later
//
// The El Torito boot catalog: what firmware starts from a CD. Bounded to 2048 bytes, 64 entries.
#pragma once

#include "image/byte_source.h"

#include <cstdint>
#include <string>
#include <vector>

namespace isolde::image {

enum class BootPlatform : std::uint8_t { X86 = 0, PowerPc = 1, Mac = 2, Efi = 0xef };

/// The default entry or one of a section.
struct BootEntry {
    std::uint8_t platform = 0;  ///< a BootPlatform, or what the catalog says
    bool bootable = false;
    std::uint8_t media = 0;  ///< 0 no emulation, 1 to 3 floppy, 4 hard disk
    std::uint16_t load_segment = 0;
    std::uint16_t sector_count = 0;  ///< of 512 bytes to load; for EFI images often 0, 1 or cut: not their size
    std::uint32_t load_block = 0;    ///< first block of the boot image, 2048 bytes each, not relative to a twin
    std::uint64_t offset = 0;        ///< of the 32-byte entry in the image: sector count at +6, load block at +8 (LE)

    bool is_efi() const { return platform == static_cast<std::uint8_t>(BootPlatform::Efi); }
};

struct BootCatalog {
    std::uint32_t block = 0;
    std::string id;                  ///< of the validation entry: who made it
    bool checksum_valid = false;     ///< of the validation entry; it covers no other entry
    std::vector<BootEntry> entries;  ///< the default entry first
};

/// Reads the catalog at `block` (IsoVolume::boot_catalog). Errors: Corrupt (no validation entry there; outside the
/// image).
base::Result<BootCatalog> read_boot_catalog(const ByteSource& image, std::uint32_t block);

}  // namespace isolde::image
