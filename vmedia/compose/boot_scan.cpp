// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/boot_scan.h"

#include "vmedia/compose/boot_locations.h"

#include <algorithm>
#include <set>

namespace isolde::vmedia {
namespace {

constexpr std::uint32_t kMaxDirectories = 512;
constexpr std::uint32_t kMaxDepth = 8;

class TreeScanner {
  public:
    TreeScanner(const image::ByteSource& image, const image::IsoTree& tree) : image_(image), tree_(tree) {}

    base::Result<TreeScan> run() {
        pending_.push_back({tree_.root_location(), "", 0});
        while (!pending_.empty()) {
            const Pending here = std::move(pending_.back());
            pending_.pop_back();
            if (visited_.size() == kMaxDirectories || here.depth > kMaxDepth) {
                scan_.complete = false;
            } else if (visited_.insert(here.location.block).second) {
                TRY(scan(here));
            }
        }
        return std::move(scan_);
    }

  private:
    struct Pending {
        image::DirectoryLocation location;
        std::string path;
        std::uint32_t depth = 0;
    };

    base::Result<void> scan(const Pending& here) {
        const auto directory = TRY(image::read_directory(image_, tree_, here.location));
        for (const image::IsoEntry& entry : directory.entries) {
            std::string path = here.path + "/" + entry.name;
            if (!entry.is_directory()) {
                take_file(std::move(path), entry);
            } else if (here.depth == 0 ? is_boot_directory(entry.name) : !is_decoration(entry.name)) {
                pending_.push_back({entry.location, std::move(path), here.depth + 1});
            }
        }
        return {};
    }

    void take_file(std::string path, const image::IsoEntry& entry) {
        if (entry.type != image::IsoEntryType::File || entry.size() == 0) {
            return;
        }
        scan_.files_by_block.emplace(tree_.base_block + entry.record().block, path);
        if (is_configuration_name(path)) {
            scan_.configurations.push_back(std::move(path));
        } else if (is_efi_program_name(path)) {
            scan_.programs.push_back(std::move(path));
        }
    }

    const image::ByteSource& image_;
    const image::IsoTree& tree_;
    TreeScan scan_;
    std::vector<Pending> pending_;
    std::set<std::uint32_t> visited_;
};

const image::BootEntry* efi_entry(const std::optional<image::BootCatalog>& catalog) {
    if (!catalog) {
        return nullptr;
    }
    const auto entry = std::find_if(catalog->entries.begin(), catalog->entries.end(),
                                    [](const image::BootEntry& each) { return each.is_efi() && each.load_block != 0; });
    return entry == catalog->entries.end() ? nullptr : &*entry;
}

constexpr std::uint8_t kMbrEfiSystem = 0xef;

/// Start of the EFI system partition by the tables, bytes.
std::optional<std::uint64_t> efi_start_by_tables(const image::PartitionTables& tables) {
    if (tables.gpt) {
        for (const auto& partition : tables.gpt->partitions) {
            if (partition.is_efi_system()) {
                return partition.first_sector * image::kSectorSize;
            }
        }
    }
    if (tables.mbr) {
        for (const auto& partition : tables.mbr->partitions) {
            if (partition.type == kMbrEfiSystem) {
                return partition.first_sector * image::kSectorSize;
            }
        }
    }
    return std::nullopt;
}

/// Takes in partitions that begin where the EFI partition does.
void measure_by_tables(const image::PartitionTables& tables, EfiPartition& efi) {
    if (tables.gpt) {
        for (const auto& partition : tables.gpt->partitions) {
            if (partition.first_sector == efi.offset / image::kSectorSize &&
                partition.last_sector >= partition.first_sector) {
                efi.gpt_number = partition.number;
                efi.length =
                    std::max(efi.length, (partition.last_sector - partition.first_sector + 1) * image::kSectorSize);
            }
        }
    }
    if (tables.mbr) {
        for (const auto& partition : tables.mbr->partitions) {
            if (partition.type == kMbrEfiSystem && partition.first_sector == efi.offset / image::kSectorSize) {
                efi.length = std::max(efi.length, std::uint64_t{partition.sectors} * image::kSectorSize);
            }
        }
    }
}

std::uint64_t fat_size_at(const image::ByteSource& image, std::uint64_t offset) {
    const auto rest = image::WindowSource::create(image, offset, image.size() - offset);
    const auto fat = rest.ok() ? image::FatVolume::open(*rest) : base::Result<image::FatVolume>(rest.error());
    return fat.ok() ? fat->geometry().volume_size : 0;
}

}  // namespace

base::Result<TreeScan> scan_boot_directories(const image::ByteSource& image, const image::IsoTree& tree) {
    return TreeScanner(image, tree).run();
}

std::optional<EfiPartition> find_efi_partition(const image::ByteSource& image,
                                               const std::optional<image::BootCatalog>& catalog,
                                               const image::PartitionTables& tables, const TreeScan& scan) {
    const image::BootEntry* const entry = efi_entry(catalog);
    const auto by_tables = efi_start_by_tables(tables);
    if (entry == nullptr && !by_tables) {
        return std::nullopt;
    }
    EfiPartition efi;
    efi.offset = entry != nullptr ? entry->load_block * image::kIsoBlockSize : *by_tables;
    if (efi.offset >= image.size()) {
        return std::nullopt;
    }
    efi.length = std::max(fat_size_at(image, efi.offset),
                          entry != nullptr ? std::uint64_t{entry->sector_count} * image::kSectorSize : 0);
    measure_by_tables(tables, efi);
    efi.length = std::min(efi.length, image.size() - efi.offset);
    efi.appended = scan.files_by_block.count(static_cast<std::uint32_t>(efi.offset / image::kIsoBlockSize)) == 0;
    return efi;
}

}  // namespace isolde::vmedia
