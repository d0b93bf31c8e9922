// SPDX-License-Identifier: GPL-3.0-or-later
//
// The boot loaders of images that are made from a kernel and a ramdisk. They are programs of others (syslinux, shim,
// GRUB) and stand where Debian's packages put them, unless the operator names other places.
#pragma once

#include "base/encoding.h"
#include "base/result.h"

#include <string>
#include <vector>

namespace isolde::vmedia {

/// By which firmware an image is to boot.
enum class BootFirmware { Both, Bios, Uefi };

struct LoaderPaths {
    std::string isolinux = "/usr/lib/ISOLINUX/isolinux.bin";
    std::string ldlinux = "/usr/lib/syslinux/modules/bios/ldlinux.c32";  ///< of the same syslinux
    std::string hybrid_mbr = "/usr/lib/ISOLINUX/isohdpfx.bin";
    std::string shim = "/usr/lib/shim/shimx64.efi.signed";
    std::string grub = "/usr/lib/grub/x86_64-efi-signed/gcdx64.efi.signed";
    std::string efi_image;  ///< a FAT volume with loaders of its own, in place of shim and grub; empty: made of these
};

/// Content of the loaders; empty where the firmware is not wanted.
struct BootLoaders {
    base::Bytes isolinux;
    base::Bytes ldlinux;
    base::Bytes hybrid_mbr;
    base::Bytes efi_image;
};

/// The file by which GRUB in the EFI partition finds the image's file system.
constexpr const char* kBootMark = "/.disk/isolde-boot";

/// The files that read_loaders reads, in a fixed order: their contents decide what it gives.
std::vector<std::string> loader_files(const LoaderPaths& paths, BootFirmware firmware);

/// Reads the loaders that `firmware` needs. Errors: NotFound naming file, package and option; Unsupported (an EFI image
/// that is no FAT); Exhausted (above 64 MiB each).
base::Result<BootLoaders> read_loaders(const LoaderPaths& paths, BootFirmware firmware);

}  // namespace isolde::vmedia
