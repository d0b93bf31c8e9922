// SPDX-License-Identifier: GPL-3.0-or-later
//
// Small ISO 9660 images with Rock Ridge and Joliet, made in memory by libisofs: config drives and answer media.
#pragma once

#include "vmedia/build/media_content.h"

namespace isolde::vmedia {

/// 2000-01-01 00:00:00 UTC: the date of everything that has none of its own.
constexpr std::int64_t kBuildDate = 946'684'800;

/// The whole image, a multiple of 2048 bytes. The same content and date (seconds since 1970, UTC) give the same bytes,
/// whatever the clock, the time zone and the locale. Errors: as sorted_files, Internal naming what libisofs said.
/// Thread-safe: images are made one at a time in a process, for libisofs is not.
base::Result<base::Bytes> build_iso(const MediaContent& content, std::int64_t date = kBuildDate);

}  // namespace isolde::vmedia
