// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/volume_end.h"

#include "vmedia/compose/partition_patcher.h"

#include <array>

namespace isolde::vmedia {
namespace {

/// Shows the EFI partition a second time behind the tail and points El Torito there. Gives its new first block.
base::Result<std::uint64_t> move_efi_partition(ImageEdit& edit, const BootFiles& boot) {
    const std::uint64_t old_block = boot.efi->offset / kBlockSize;
    const std::uint64_t block =
        TRY(edit.append_alias(old_block, blocks_of(boot.efi->length), {"EFI partition", "move-partition"}));
    if (boot.efi->moved_from) {
        edit.view().clear_written(old_block, blocks_of(boot.efi->length));
    }
    if (!boot.catalog) {
        return block;
    }
    for (const image::BootEntry& entry : boot.catalog->entries) {
        if (entry.load_block == old_block) {
            std::array<std::byte, 4> field{};
            put_little32(field, 0, static_cast<std::uint32_t>(block));
            TRY(edit.write(entry.offset + 8, field, {"boot catalog", "move-partition"}));
        }
    }
    return block;
}

base::Result<void> set_volume_sizes(ImageEdit& edit, const image::IsoVolume& volume, std::uint64_t end,
                                    std::uint64_t twin_end) {
    for (const image::IsoTree& tree : volume.trees) {
        std::array<std::byte, 8> field{};
        put_both32(field, 0, static_cast<std::uint32_t>((tree.twin ? twin_end : end) - tree.base_block));
        TRY(edit.write(tree.descriptor_offset + 80, field, {"volume descriptor", "volume-size"}));
    }
    return {};
}

}  // namespace

/// Where a partition holds the volume and must reach the new content, an EFI partition behind it has to give way.
/// Without such a partition nobody mounts the volume but by the whole disk.
bool moves_efi_partition(const BootFiles& boot) {
    return boot.efi && boot.efi->appended && boot.efi->offset % kBlockSize == 0 &&
           has_volume_partition(boot.tables, boot.volume.twin_partition);
}

base::Result<VolumeEnd> close_volume(ImageEdit& edit, const BootFiles& boot, std::uint64_t manifest_blocks) {
    BlockView& view = edit.view();
    PartitionChange change;
    change.twin_block = boot.volume.twin_partition;
    change.old_image_sectors = view.base().size() / image::kSectorSize;
    std::uint64_t twin_end = 0;
    const bool in_the_way = moves_efi_partition(boot);
    if (in_the_way || (boot.efi && boot.efi->moved_from)) {
        const EfiPartition& efi = *boot.efi;
        change.efi_number = efi.gpt_number;
        change.old_efi_block = efi.moved_from.value_or(efi.offset) / kBlockSize;
        change.new_efi_block = in_the_way ? TRY(move_efi_partition(edit, boot)) : efi.offset / kBlockSize;
        if (efi.moved_from) {
            change.new_efi_sectors = efi.length / image::kSectorSize;
        }
    }
    if (in_the_way) {
        change.volume_end_block = change.new_efi_block;
        twin_end = *change.new_efi_block;
    }
    VolumeEnd end;
    end.efi = boot.efi;
    if (change.new_efi_block) {
        end.efi->offset = *change.new_efi_block * kBlockSize;
    }
    end.manifest_block = view.append_zeros(manifest_blocks);
    view.append_zeros(backup_table_blocks(boot.tables));
    if (view.end_block() > 0xFFFFFFFFU) {
        return base::unsupported("the composed image would be larger than 8 TiB");
    }
    TRY(set_volume_sizes(edit, boot.volume, view.end_block(), twin_end == 0 ? view.end_block() : twin_end));
    end.warnings = TRY(patch_partition_tables(edit, boot.tables, change));
    return end;
}

}  // namespace isolde::vmedia
