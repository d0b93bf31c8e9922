// SPDX-License-Identifier: GPL-3.0-or-later
//
// The end of a composed image: an appended EFI partition that is in the way moves behind the new content, room for the
// manifest and the backup partition table is made, and every structure that states a size is brought up to date: volume
// descriptors, MBR, GPT. Volume id, dates and boot images are never touched.
#pragma once

#include "vmedia/compose/boot_files.h"
#include "vmedia/compose/image_edit.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace isolde::vmedia {

/// True when close_volume will move the EFI partition of `boot`, and so change the boot catalog.
bool moves_efi_partition(const BootFiles& boot);

struct VolumeEnd {
    std::uint64_t manifest_block = 0;  ///< first of the blocks reserved for it
    std::optional<EfiPartition> efi;   ///< where it is now
    std::vector<std::string> warnings;
};

/// Closes an image with the structures of `boot` with `manifest_blocks` blocks for the manifest. Nothing may be
/// appended afterwards. Errors: Corrupt, Unsupported (an image above what 32-bit block numbers reach).
base::Result<VolumeEnd> close_volume(ImageEdit& edit, const BootFiles& boot, std::uint64_t manifest_blocks);

}  // namespace isolde::vmedia
