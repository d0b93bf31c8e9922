// SPDX-License-Identifier: GPL-3.0-or-later
//
// Files in the FAT of the EFI system partition, changed in place: a few sectors of the image under edit.
#pragma once

#include "vmedia/compose/boot_files.h"
#include "vmedia/compose/image_edit.h"

#include <string>
#include <string_view>
#include <vector>

namespace isolde::vmedia {

struct EfiFile {
    std::string path;  ///< absolute, inside the FAT
    base::ByteView content;
    std::string_view technique;
    bool secret = false;
};

/// Adds or replaces `files`, all or none. Errors: Unsupported (no FAT), Exhausted (it is full; nothing is written),
/// Conflict (a part of a path is no directory), Corrupt.
base::Result<void> put_efi_files(ImageEdit& edit, const EfiPartition& partition, const std::vector<EfiFile>& files);

}  // namespace isolde::vmedia
