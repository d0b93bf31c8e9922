// SPDX-License-Identifier: GPL-3.0-or-later
//
// EFI programs of an image that no edit may touch: unified kernel images, whose arguments are built in, and programs
// that are signed for Secure Boot.
#pragma once

#include "vmedia/compose/boot_files.h"
#include "vmedia/compose/plan.h"

#include <string>
#include <vector>

namespace isolde::vmedia {

struct EfiProgram {
    std::string path;  ///< as in BootFiles::efi_programs
    bool is_signed = false;
    bool unified_kernel = false;
    std::string command_line;  ///< of a unified kernel, at most 2 KiB
};

/// The programs of `files` that can be read, in their order. Others are left out.
std::vector<EfiProgram> read_efi_programs(const image::ByteSource& image, const BootFiles& files);

/// Fails when `plan` has kernel arguments and firmware would start a unified kernel image. Errors: Unsupported, naming
/// the program and what to do instead.
base::Result<void> check_unified_kernels(const image::ByteSource& image, const BootFiles& files,
                                         const InjectionPlan& plan);

/// Fails when `plan` would overwrite a signed program of `image`. Errors: Unsupported naming it; as read_boot_files.
base::Result<void> check_overwritten_programs(const image::ByteSource& image, const InjectionPlan& plan);

/// One line for each unified kernel image, for people.
std::vector<std::string> describe_unified_kernels(const std::vector<EfiProgram>& programs);

}  // namespace isolde::vmedia
