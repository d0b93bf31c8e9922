// SPDX-License-Identifier: GPL-3.0-or-later
//
// Small ISO 9660 images with Rock Ridge and Joliet, made in memory by libisofs: config drives, answer media, and the
// base of boot images.
#pragma once

#include "vmedia/build/media_content.h"

namespace isolde::vmedia {

/// 2000-01-01 00:00:00 UTC: the date of everything that has none of its own.
constexpr std::int64_t kBuildDate = 946'684'800;

/// How firmware starts the image (El Torito). Paths name files of the content; empty: not by that firmware.
struct IsoBoot {
    std::string bios_image;  ///< isolinux.bin, which gets a boot info table
    std::string efi_image;   ///< a FAT volume, also shown as a GPT partition when there is a hybrid MBR
    std::string catalog;     ///< made here, in a directory of the content
    base::Bytes hybrid_mbr;  ///< isohdpfx.bin: BIOS starts bios_image from a USB stick too; empty: CD only

    bool any() const { return !bios_image.empty() || !efi_image.empty(); }
};

/// The whole image, a multiple of 2048 bytes. The same content and date (seconds since 1970, UTC) give the same bytes,
/// whatever the clock, the time zone and the locale. Errors: as sorted_files, Internal naming what libisofs said.
/// Thread-safe: images are made one at a time in a process, for libisofs is not.
base::Result<base::Bytes> build_iso(const MediaContent& content, std::int64_t date = kBuildDate,
                                    const IsoBoot& boot = {});

}  // namespace isolde::vmedia
