// SPDX-License-Identifier: GPL-3.0-or-later
//
// Small FAT12 and FAT16 volumes without a partition table, as on a floppy or a superfloppy stick.
#pragma once

#include "vmedia/build/media_content.h"

namespace isolde::vmedia {

/// The whole volume, of the size that its files need and 1.4 MiB at least. Its label is that of `content` in upper
/// case. The same content gives the same bytes. Errors: as sorted_files; InvalidArgument (a label above 11 characters,
/// a name that FAT cannot hold), Conflict (names that differ in case only).
base::Result<base::Bytes> build_fat(const MediaContent& content);

}  // namespace isolde::vmedia
