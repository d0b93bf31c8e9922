// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/build/boot_image.h"

#include "image/compression.h"
#include "image/fields.h"
#include "vmedia/build/iso_image.h"

#include <sys/mman.h>
#include <algorithm>
#include <cerrno>

namespace isolde::vmedia {
namespace {

constexpr const char* kKernelPath = "/boot/vmlinuz";
constexpr const char* kRamdiskPath = "/boot/initrd";
constexpr const char* kEfiImagePath = "/boot/grub/efi.img";

constexpr const char* kIsolinuxConfig =
    "default linux\n"
    "prompt 0\n"
    "timeout 1\n"
    "label linux\n"
    "\tkernel /boot/vmlinuz\n"
    "\tappend initrd=/boot/initrd\n";

std::string grub_config() {
    return std::string("search --no-floppy --file --set=root ") + kBootMark +
           "\nset default=0\nset timeout=0\nmenuentry 'Linux' {\n\tlinux /boot/vmlinuz\n\tinitrd /boot/initrd\n}\n";
}

void add_bios(MediaContent& content, IsoBoot& boot, const BootLoaders& loaders) {
    content.files.push_back({"/isolinux/isolinux.bin", loaders.isolinux});
    content.files.push_back({"/isolinux/ldlinux.c32", loaders.ldlinux});
    content.files.push_back({"/isolinux/isolinux.cfg", base::to_bytes(kIsolinuxConfig)});
    boot.bios_image = "/isolinux/isolinux.bin";
    boot.hybrid_mbr = loaders.hybrid_mbr;
}

/// GRUBs differ in where on a medium they look.
void add_efi(MediaContent& content, IsoBoot& boot, const BootLoaders& loaders) {
    content.files.push_back({kEfiImagePath, loaders.efi_image});
    content.files.push_back({"/boot/grub/grub.cfg", base::to_bytes(grub_config())});
    content.files.push_back({"/EFI/BOOT/grub.cfg", base::to_bytes(grub_config())});
    content.files.push_back({kBootMark, base::to_bytes("A boot image made by Isolde.\n")});
    content.files.push_back({"/.disk/info", base::to_bytes("A boot image made by Isolde.\n")});
    boot.efi_image = kEfiImagePath;
}

InjectedFile shown_at(const char* path, const FileBlob& blob) {
    InjectedFile file;
    file.path = path;
    file.blob = blob;
    return file;
}

base::Result<base::Bytes> first_bytes(const image::ByteSource& source, std::uint64_t length) {
    return source.read_bytes(0, std::min(length, source.size()));
}

/// Linux' x86 boot protocol has its magic at 0x202; what UEFI starts is a PE program, which begins with "MZ".
base::Result<void> check_kernel(const image::ByteSource& kernel, BootFirmware firmware) {
    const base::Bytes head = TRY(first_bytes(kernel, 0x206));
    if (firmware != BootFirmware::Uefi && !image::holds(head, 0x202, "HdrS")) {
        return base::unsupported("the kernel given is no Linux kernel that a boot loader for BIOS starts");
    }
    if (firmware != BootFirmware::Bios && !image::holds(head, 0, "MZ")) {
        return base::unsupported("the kernel given is no program that UEFI starts");
    }
    return {};
}

base::Result<void> check_ramdisk(const image::ByteSource& ramdisk) {
    constexpr std::uint64_t kMagicBytes = 6;
    if (image::stream_format(TRY(first_bytes(ramdisk, kMagicBytes))) == image::StreamFormat::Unknown) {
        return base::unsupported("the ramdisk given is of no format that Linux unpacks");
    }
    return {};
}

}  // namespace

base::Result<base::Bytes> build_boot_base(const BootLoaders& loaders, const std::string& label) {
    if (loaders.isolinux.empty() && loaders.efi_image.empty()) {
        return base::invalid_argument("a boot image needs a boot loader for BIOS or for UEFI");
    }
    MediaContent content{label, {}};
    IsoBoot boot;
    if (!loaders.isolinux.empty()) {
        add_bios(content, boot, loaders);
    }
    if (!loaders.efi_image.empty()) {
        add_efi(content, boot, loaders);
    }
    boot.catalog = loaders.isolinux.empty() ? "/boot/grub/boot.cat" : "/isolinux/boot.cat";
    return build_iso(content, kBuildDate, boot);
}

base::Result<std::shared_ptr<const image::FileSource>> hold_in_memory(base::ByteView bytes) {
    base::UniqueFd file(::memfd_create("isolde-boot-base", MFD_CLOEXEC));
    if (!file) {
        return base::from_errno("holding an image in memory", errno);
    }
    TRY(base::write_exactly(file.get(), 0, bytes));
    return std::make_shared<const image::FileSource>(std::move(file), bytes.size());
}

base::Result<void> add_kernel(InjectionPlan& plan, const FileBlob& kernel, const FileBlob& ramdisk,
                              BootFirmware firmware) {
    TRY(check_kernel(*kernel.file, firmware));
    TRY(check_ramdisk(*ramdisk.file));
    plan.files.insert(plan.files.begin(), {shown_at(kKernelPath, kernel), shown_at(kRamdiskPath, ramdisk)});
    return {};
}

}  // namespace isolde::vmedia
