// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/partition_patcher.h"

#include <algorithm>
#include <array>
#include <utility>

namespace isolde::vmedia {
namespace {

using image::Gpt;
using image::GptPartition;
using image::kSectorSize;
using image::MbrPartition;

constexpr std::uint64_t kSectorsPerBlock = kBlockSize / kSectorSize;
constexpr std::uint8_t kTypeProtective = 0xEE;
constexpr std::uint8_t kTypeEfi = 0xEF;
constexpr std::uint64_t kMaxTableBytes = 64U << 10U;

std::uint64_t entries_bytes(const image::GptHeader& header) {
    return std::uint64_t{header.entry_count} * header.entry_size;
}

bool is_maintained(const Gpt& gpt) {
    return gpt.primary.header_crc_valid && gpt.primary.entries_crc_valid &&
           entries_bytes(gpt.primary) <= kMaxTableBytes;
}

bool begins_at_volume(std::uint64_t first_sector, const std::optional<std::uint32_t>& twin_block) {
    return first_sector == 0 || (twin_block && first_sector == *twin_block * kSectorsPerBlock);
}

bool may_hold_volume(const MbrPartition& partition) {
    return partition.type != kTypeProtective && partition.type != kTypeEfi;
}

/// One run of patching; holds what all its steps share.
class Patching {
  public:
    Patching(ImageEdit& edit, const image::PartitionTables& tables, const PartitionChange& change)
        : edit_(edit), tables_(tables), change_(change), sectors_(edit.view().size() / kSectorSize) {}

    base::Result<std::vector<std::string>> run() {
        if (tables_.gpt) {
            TRY(patch_gpt(*tables_.gpt));
        }
        if (tables_.mbr) {
            TRY(patch_mbr(*tables_.mbr));
        }
        if (tables_.apm) {
            warnings_.push_back("the Apple partition map keeps the sizes of the base; PCs do not read it");
        }
        return std::move(warnings_);
    }

  private:
    bool holds_volume(std::uint64_t first_sector) const { return begins_at_volume(first_sector, change_.twin_block); }

    /// First sector behind the partitions that hold the volume.
    std::uint64_t volume_end() const {
        return change_.volume_end_block ? *change_.volume_end_block * kSectorsPerBlock : sectors_;
    }

    base::Result<void> patch_gpt(const Gpt& gpt) {
        if (!is_maintained(gpt)) {
            warnings_.push_back("the GPT of the base has wrong checksums and was left as it is");
            return {};
        }
        const image::GptHeader& primary = gpt.primary;
        const std::uint64_t table_sectors = (entries_bytes(primary) + kSectorSize - 1) / kSectorSize;
        const std::uint64_t backup_entries = sectors_ - 1 - table_sectors;
        base::Bytes entries =
            TRY(edit_.view().read_bytes(primary.entries_sector * kSectorSize, entries_bytes(primary)));
        patch_entries(entries, gpt, backup_entries);
        base::Bytes header = TRY(edit_.view().read_bytes(primary.offset, kSectorSize));
        put_little64(header, 48, backup_entries - 1);
        put_little32(header, 88, image::crc32(entries));
        TRY(write_header(header, primary, primary.own_sector, sectors_ - 1, primary.entries_sector));
        TRY(write_header(header, primary, sectors_ - 1, primary.own_sector, backup_entries));
        TRY(edit_.write(primary.entries_sector * kSectorSize, entries, {"GPT", "partition-table"}));
        return edit_.write(backup_entries * kSectorSize, entries, {"GPT backup", "partition-table"});
    }

    base::Result<void> write_header(base::Bytes& header, const image::GptHeader& primary, std::uint64_t own,
                                    std::uint64_t other, std::uint64_t entries) {
        put_little64(header, 24, own);
        put_little64(header, 32, other);
        put_little64(header, 72, entries);
        put_little32(header, 16, 0);
        put_little32(header, 16, image::crc32(base::ByteView(header).first(primary.header_size)));
        return edit_.write(own * kSectorSize, header,
                           {own == primary.own_sector ? "GPT" : "GPT backup", "partition-table"});
    }

    void patch_entries(base::Bytes& entries, const Gpt& gpt, std::uint64_t backup_entries) {
        for (const GptPartition& partition : gpt.partitions) {
            const std::uint64_t at = partition.entry_offset - gpt.primary.entries_sector * kSectorSize;
            if (at + gpt.primary.entry_size > entries.size()) {
                continue;
            }
            const auto entry = std::span(entries).subspan(at, gpt.primary.entry_size);
            if (partition.number == change_.efi_number) {
                const std::uint64_t count =
                    change_.new_efi_sectors.value_or(partition.last_sector - partition.first_sector + 1);
                put_little64(entry, 32, *change_.new_efi_block * kSectorsPerBlock);
                put_little64(entry, 40, *change_.new_efi_block * kSectorsPerBlock + count - 1);
            } else if (is_filler(partition)) {
                std::fill(entry.begin(), entry.end(), std::byte{0});
            } else if (holds_volume(partition.first_sector) && can_reach_end(gpt, partition)) {
                put_little64(entry, 40, std::min(volume_end(), backup_entries) - 1);
            }
        }
    }

    /// xorriso names the space that nobody uses "Gap": with the EFI partition gone the volume grows over it.
    bool is_filler(const GptPartition& partition) const {
        return change_.efi_number && partition.name.rfind("Gap", 0) == 0;
    }

    bool can_reach_end(const Gpt& gpt, const GptPartition& volume) {
        const bool blocked = std::any_of(gpt.partitions.begin(), gpt.partitions.end(), [&](const GptPartition& other) {
            return other.number != change_.efi_number && !is_filler(other) && other.first_sector > volume.last_sector;
        });
        if (blocked) {
            warn_blocked(volume.number);
        }
        return !blocked;
    }

    void warn_blocked(std::uint32_t number) {
        warnings_.push_back("partition " + std::to_string(number) +
                            " holds the volume and cannot grow over the one behind it: mounted by itself it does not "
                            "show all of the new content");
    }

    bool is_moved_efi(const MbrPartition& partition) const {
        return change_.old_efi_block && partition.first_sector == *change_.old_efi_block * kSectorsPerBlock;
    }

    bool can_reach_end(const image::Mbr& mbr, const MbrPartition& volume) {
        const std::uint64_t end = std::uint64_t{volume.first_sector} + volume.sectors;
        const bool blocked = std::any_of(mbr.partitions.begin(), mbr.partitions.end(), [&](const MbrPartition& other) {
            return other.type != kTypeProtective && !is_moved_efi(other) && other.first_sector >= end;
        });
        if (blocked) {
            warn_blocked(volume.number);
        }
        return !blocked;
    }

    /// First sector of a partition and the one behind its last, as they shall be.
    std::pair<std::uint64_t, std::uint64_t> new_place(const image::Mbr& mbr, const MbrPartition& partition) {
        const std::uint64_t first = partition.first_sector;
        const std::uint64_t end = first + partition.sectors;
        if (partition.type == kTypeProtective && first <= 1) {
            return {first, end >= change_.old_image_sectors ? sectors_ : end};
        }
        if (is_moved_efi(partition)) {
            const std::uint64_t moved = *change_.new_efi_block * kSectorsPerBlock;
            return {moved, moved + change_.new_efi_sectors.value_or(partition.sectors)};
        }
        if (may_hold_volume(partition) && holds_volume(first) && can_reach_end(mbr, partition)) {
            return {first, volume_end()};
        }
        return {first, end};
    }

    base::Result<void> patch_mbr(const image::Mbr& mbr) {
        for (const MbrPartition& partition : mbr.partitions) {
            const auto [first, end] = new_place(mbr, partition);
            std::array<std::byte, 8> fields{};
            put_little32(fields, 0, static_cast<std::uint32_t>(first));
            put_little32(fields, 4, static_cast<std::uint32_t>(std::min<std::uint64_t>(end - first, 0xFFFFFFFFU)));
            TRY(edit_.write(partition.entry_offset + 8, fields, {"MBR", "partition-table"}));
        }
        return {};
    }

    ImageEdit& edit_;
    const image::PartitionTables& tables_;
    const PartitionChange& change_;
    std::uint64_t sectors_;
    std::vector<std::string> warnings_;
};

}  // namespace

bool has_volume_partition(const image::PartitionTables& tables, const std::optional<std::uint32_t>& twin_block) {
    const bool in_gpt = tables.gpt && std::any_of(tables.gpt->partitions.begin(), tables.gpt->partitions.end(),
                                                  [&](const GptPartition& partition) {
                                                      return begins_at_volume(partition.first_sector, twin_block);
                                                  });
    const bool in_mbr =
        tables.mbr &&
        std::any_of(tables.mbr->partitions.begin(), tables.mbr->partitions.end(), [&](const MbrPartition& partition) {
            return may_hold_volume(partition) && begins_at_volume(partition.first_sector, twin_block);
        });
    return in_gpt || in_mbr;
}

std::uint64_t backup_table_blocks(const image::PartitionTables& tables) {
    if (!tables.gpt || !is_maintained(*tables.gpt)) {
        return 0;
    }
    return blocks_of(entries_bytes(tables.gpt->primary) + 2 * kSectorSize);
}

base::Result<std::vector<std::string>> patch_partition_tables(ImageEdit& edit, const image::PartitionTables& tables,
                                                              const PartitionChange& change) {
    return Patching(edit, tables, change).run();
}

}  // namespace isolde::vmedia
