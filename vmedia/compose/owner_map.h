// SPDX-License-Identifier: GPL-3.0-or-later
//
// Which bytes of an image its boot files are, for those who have read them; map_owners of composer.h is for others.
#pragma once

#include "vmedia/compose/boot_files.h"
#include "vmedia/compose/composer.h"

namespace isolde::vmedia {

/// The boot files of `image`, where they are now. `files`: what was read of it, with volume, catalog and EFI partition
/// as they are now.
OwnerMap map_boot_files(const image::ByteSource& image, const BootFiles& files);

}  // namespace isolde::vmedia
