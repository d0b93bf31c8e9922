// SPDX-License-Identifier: GPL-3.0-or-later
//
// MBR and GPT (UEFI specification 5) of an image that has grown: partitions that hold the volume reach to its end, the
// backup table stands in the last sectors, checksums are right. A table that was irregular stays so, but no worse.
#pragma once

#include "image/partition_table.h"
#include "vmedia/compose/image_edit.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace isolde::vmedia {

struct PartitionChange {
    std::optional<std::uint32_t> twin_block;  ///< first block of the partition that is a volume of its own
    std::optional<std::uint32_t> efi_number;  ///< GPT number of an EFI partition that moved
    std::optional<std::uint64_t> old_efi_block;
    std::optional<std::uint64_t> new_efi_block;
    std::optional<std::uint64_t> new_efi_sectors;   ///< its length where that changed
    std::optional<std::uint64_t> volume_end_block;  ///< where partitions with the volume end; else the image's end
    std::uint64_t old_image_sectors = 0;
};

/// True when a partition of MBR or GPT begins where the volume does: at sector 0, or at the twin's.
bool has_volume_partition(const image::PartitionTables& tables, const std::optional<std::uint32_t>& twin_block);

/// Blocks that the backup GPT takes at the end; 0 without one to keep up.
std::uint64_t backup_table_blocks(const image::PartitionTables& tables);

/// The view has its final size, its last backup_table_blocks() blocks are free. Gives warnings. Errors: Corrupt.
base::Result<std::vector<std::string>> patch_partition_tables(ImageEdit& edit, const image::PartitionTables& tables,
                                                              const PartitionChange& change);

}  // namespace isolde::vmedia
