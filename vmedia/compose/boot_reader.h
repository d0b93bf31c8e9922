// SPDX-License-Identifier: GPL-3.0-or-later
//
// Files of an image by path, in the ISO tree ("/boot/grub/grub.cfg") and in the EFI FAT ("EFI:/EFI/boot/grubx64.efi").
#pragma once

#include "vmedia/compose/boot_files.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace isolde::vmedia {

constexpr std::string_view kEfiPrefix = "EFI:";
inline bool is_efi_path(std::string_view path) {
    return path.substr(0, kEfiPrefix.size()) == kEfiPrefix;
}

/// Not thread-safe. Image and tree must outlive it.
class BootReader {
  public:
    BootReader(const image::ByteSource& image, const image::IsoTree& tree)
        : image_(image), tree_(tree), lookup_(image, tree) {}

    /// Opens the FAT of the EFI partition. Errors: Unsupported, Corrupt.
    base::Result<void> open_efi(const EfiPartition& partition);
    /// Null without an EFI FAT.
    const image::FatVolume* fat() const { return fat_ ? &*fat_ : nullptr; }

    /// True when `path` is a file.
    bool is_file(std::string_view path) const;
    /// Errors: NotFound, Exhausted above `limit`, Unsupported, Corrupt.
    base::Result<std::string> read(std::string_view path, std::uint64_t limit) const;
    /// Byte runs in the image. Errors: as read.
    base::Result<std::vector<image::ByteRun>> runs(std::string_view path) const;

  private:
    base::Result<image::FatEntry> efi_file(std::string_view path) const;

    const image::ByteSource& image_;
    const image::IsoTree& tree_;
    mutable image::IsoLookup lookup_;
    std::unique_ptr<const image::WindowSource> window_;
    std::optional<image::FatVolume> fat_;
    mutable std::optional<image::FatLookup> fat_lookup_;
};

}  // namespace isolde::vmedia
