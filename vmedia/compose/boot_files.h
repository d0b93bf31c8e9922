// SPDX-License-Identifier: GPL-3.0-or-later
//
// The boot paths of an ISO: its trees, its El Torito entries, its EFI partition, and the loader configurations in the
// ISO tree and in the EFI FAT with the kernels and initrds that they name. What composing, inspecting and tracing
// share. Files are found by place, not by following a boot, and then by what the found ones include.
#pragma once

#include "image/byte_source.h"
#include "image/el_torito.h"
#include "image/fat.h"
#include "image/iso9660.h"
#include "image/partition_table.h"
#include "image/udf.h"
#include "vmedia/compose/coreos.h"
#include "vmedia/edit/boot_config.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isolde::vmedia {

enum class BootLoader : std::uint8_t { Grub, Isolinux, Bls, LoaderConf };
/// "grub", "isolinux", "bls", "loader.conf".
std::string_view to_string(BootLoader loader);

/// One configuration file. `path` has the prefix "EFI:" when it is inside the EFI FAT.
struct BootConfigFile {
    std::string path;
    BootLoader loader = BootLoader::Grub;
    bool in_efi = false;
    bool top_level = true;  ///< false: only found through another one's includes
    std::string text;
    std::size_t entries = 0;           ///< that take kernel arguments
    std::vector<std::string> kernels;  ///< as image paths ("/install.amd/vmlinuz", "EFI:/vmlinuz"), existing or not
    std::vector<std::string> initrds;  ///< the same
    std::vector<std::string> initrds_by_variable;  ///< as written, with a variable of the loader in the path
    /// What its editor reports of it as it stands, without the text; never null in BootFiles.
    std::shared_ptr<const ConfigEdit> report;

    /// `path` without the prefix.
    std::string_view inner_path() const { return std::string_view(path).substr(in_efi ? 4 : 0); }
};

/// Where the EFI system partition's FAT is.
struct EfiPartition {
    std::uint64_t offset = 0;                 ///< in the image, bytes
    std::uint64_t length = 0;                 ///< the largest that catalog, partition table and FAT agree to
    bool appended = false;                    ///< a partition of its own; else a file in the ISO tree
    std::optional<std::uint32_t> gpt_number;  ///< of the GPT partition that starts there
    /// Where the partition tables still have it, bytes, after it moved within an image under edit.
    std::optional<std::uint64_t> moved_from;
};

/// All that is known of an image's boot paths.
struct BootFiles {
    image::IsoVolume volume;
    image::PartitionTables tables;
    image::UdfDetection udf;
    std::optional<image::BootCatalog> catalog;
    std::optional<EfiPartition> efi;
    std::vector<BootConfigFile> configurations;  ///< in the ISO tree first, sorted by path
    /// The file that each entry of `catalog` loads, in the same order; empty where none in a boot directory begins
    /// there.
    std::vector<std::string> boot_images;
    std::string catalog_path;               ///< of the file that `catalog` is; empty where there is none
    std::vector<std::string> efi_programs;  ///< "/EFI/boot/bootx64.efi", "EFI:/EFI/boot/grubx64.efi"
    std::optional<CoreOsAreas> coreos;      ///< of a CoreOS image
    std::vector<std::string> warnings;      ///< what could not be read, and so is not in these lists

    /// Kernels and initrds of all configurations, each path once, in order; existing files only.
    std::vector<std::string> kernels;
    std::vector<std::string> initrds;
};

/// What the editor of `loader` reports of a configuration as it stands. Errors: Exhausted.
base::Result<ConfigEdit> examine_configuration(BootLoader loader, std::string_view path, std::string_view text);

/// The tree whose names people and loaders use: with Rock Ridge, else Joliet, else ISO 9660:1999, else the primary.
const image::IsoTree& naming_tree(const image::IsoVolume& volume);

/// Reads it all. The cost is that of the boot directories, not of the image: package trees are not entered. `efi`:
/// where the EFI partition is known to be, in an image under edit. Errors: Unsupported (no ISO 9660), Corrupt,
/// Exhausted (more than 512 configurations, or in all of them more than 2 MiB, 4096 entries or 8192 names of files).
base::Result<BootFiles> read_boot_files(const image::ByteSource& image, const std::optional<EfiPartition>& efi = {});

}  // namespace isolde::vmedia
