// SPDX-License-Identifier: GPL-3.0-or-later
//
// EFI boot images beside the one that is edited: a second entry of the boot catalog, or a partition that is a copy of
// the boot image in the ISO tree. Firmware starts one or the other, by how the medium is attached, and only one is
// edited: what the others would have to say too is refused.
#pragma once

#include "image/byte_source.h"
#include "vmedia/compose/boot_files.h"
#include "vmedia/compose/plan.h"

#include <optional>
#include <string>
#include <vector>

namespace isolde::vmedia {

struct EfiCopy {
    std::uint64_t offset = 0;   ///< in the image, bytes
    std::string configuration;  ///< path in its FAT of one with entries that take kernel arguments; empty: none
    bool own_initrd = false;    ///< one of its entries loads an initrd from the same FAT
};

/// FAT volumes that boot catalog or partition tables name as EFI images, but for `boot.efi`. One that is too large to
/// be searched counts as having a configuration.
std::vector<EfiCopy> find_efi_copies(const image::ByteSource& image, const BootFiles& boot);

/// For the admission report.
std::string describe(const EfiCopy& copy);

/// Gives warnings. Errors: Unsupported when `plan` puts files into the EFI partition and there is a copy, or changes
/// arguments, default entry or initrds that a copy has of its own.
base::Result<std::vector<std::string>> check_efi_copies(const std::vector<EfiCopy>& copies, const InjectionPlan& plan);

}  // namespace isolde::vmedia
