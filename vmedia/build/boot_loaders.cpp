// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/build/boot_loaders.h"

#include "base/files.h"
#include "image/fat.h"
#include "vmedia/build/fat_image.h"

#include <utility>

namespace isolde::vmedia {
namespace {

constexpr base::ByteCount kLargestLoader = base::mebibytes(64);

/// `way_out`: where to get the file and how to do without.
base::Result<base::Bytes> read_loader(const std::string& path, const char* way_out) {
    const auto text = base::read_file(path, kLargestLoader);
    if (text.ok()) {
        return base::to_bytes(*text);
    }
    return text.error().kind == base::ErrorKind::NotFound
               ? base::not_found("the boot loader " + path + " is not there: " + way_out)
               : text.error();
}

/// GRUB as Debian signs it looks for its configuration in /boot/grub of the medium, from a USB stick first of all in
/// the EFI partition; GRUBs of other distributions look beside their program.
base::Result<base::Bytes> make_efi_image(const LoaderPaths& paths) {
    constexpr const char* kWayOut =
        "install the packages shim-signed and grub-efi-amd64-signed, or name shim and GRUB, or an EFI image, or boot "
        "by BIOS only";
    const std::string leads_on = std::string("search --no-floppy --file --set=root ") + kBootMark +
                                 "\nset prefix=($root)/boot/grub\nconfigfile ($root)/boot/grub/grub.cfg\n";
    base::Bytes shim = TRY(read_loader(paths.shim, kWayOut));
    base::Bytes grub = TRY(read_loader(paths.grub, kWayOut));
    MediaContent content{"ESP", {}};
    content.files.push_back({"/EFI/BOOT/BOOTX64.EFI", std::move(shim)});
    content.files.push_back({"/EFI/BOOT/grubx64.efi", std::move(grub)});
    for (const char* place : {"/EFI/BOOT/grub.cfg", "/EFI/debian/grub.cfg", "/boot/grub/grub.cfg"}) {
        content.files.push_back({place, base::to_bytes(leads_on)});
    }
    return build_fat(content);
}

base::Result<base::Bytes> read_efi_image(const std::string& path) {
    base::Bytes bytes = TRY(read_loader(path, "it was named as the EFI image"));
    image::MemorySource source(std::move(bytes));
    TRY(image::FatVolume::open(source).with_context("the EFI image " + path));
    return source.read_bytes(0, source.size());
}

}  // namespace

std::vector<std::string> loader_files(const LoaderPaths& paths, BootFirmware firmware) {
    std::vector<std::string> files;
    if (firmware != BootFirmware::Uefi) {
        files = {paths.isolinux, paths.ldlinux, paths.hybrid_mbr};
    }
    if (firmware != BootFirmware::Bios && paths.efi_image.empty()) {
        files.insert(files.end(), {paths.shim, paths.grub});
    } else if (firmware != BootFirmware::Bios) {
        files.push_back(paths.efi_image);
    }
    return files;
}

base::Result<BootLoaders> read_loaders(const LoaderPaths& paths, BootFirmware firmware) {
    constexpr const char* kWayOut =
        "install the packages isolinux and syslinux-common, or name the file, or boot by UEFI only";
    BootLoaders loaders;
    if (firmware != BootFirmware::Uefi) {
        loaders.isolinux = TRY(read_loader(paths.isolinux, kWayOut));
        loaders.ldlinux = TRY(read_loader(paths.ldlinux, kWayOut));
        loaders.hybrid_mbr = TRY(read_loader(paths.hybrid_mbr, kWayOut));
    }
    if (firmware != BootFirmware::Bios) {
        loaders.efi_image = TRY(paths.efi_image.empty() ? make_efi_image(paths) : read_efi_image(paths.efi_image));
    }
    return loaders;
}

}  // namespace isolde::vmedia
