// SPDX-License-Identifier: GPL-3.0-or-later
//
// The first look at an image for its boot paths: what lies in the boot directories, and where the EFI partition is.
#pragma once

#include "vmedia/compose/boot_files.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace isolde::vmedia {

/// What the boot directories of the ISO tree hold.
struct TreeScan {
    std::vector<std::string> configurations;
    std::vector<std::string> programs;
    std::map<std::uint32_t, std::string> files_by_block;  ///< first block from the start of the image
    bool complete = true;
};

/// Boot directories of the root and what is below them, to 512 directories and 8 levels; beyond, `complete` is false.
/// Errors: as image::read_directory.
base::Result<TreeScan> scan_boot_directories(const image::ByteSource& image, const image::IsoTree& tree);

/// The EFI partition by its El Torito entry, else by the partition tables. Nothing when there is none.
std::optional<EfiPartition> find_efi_partition(const image::ByteSource& image,
                                               const std::optional<image::BootCatalog>& catalog,
                                               const image::PartitionTables& tables, const TreeScan& scan);

}  // namespace isolde::vmedia
