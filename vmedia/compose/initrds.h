// SPDX-License-Identifier: GPL-3.0-or-later
//
// Files into initrds: an archive behind what is there (Linux unpacks concatenated archives), nothing of the initrd is
// copied.
#pragma once

#include "vmedia/compose/boot_files.h"
#include "vmedia/compose/efi_patcher.h"
#include "vmedia/compose/iso_patcher.h"
#include "vmedia/compose/plan.h"

#include <string>
#include <vector>

namespace isolde::vmedia {

/// Appends the plan's initrd files to each initrd that a boot entry names, and reports them.
/// In the EFI partition an initrd grows by clusters of its FAT. Errors: Unsupported (no entry names an initrd; one is
/// of no format that Linux unpacks), Corrupt, Exhausted.
base::Result<void> extend_initrds(IsoPatcher& patcher, EfiPatcher& efi, const std::vector<std::string>& initrds,
                                  const InjectionPlan& plan, PlanReport& report);

/// Warnings about initrds that a file for every initrd does not reach, because their path has a variable of the loader
/// in it. Nothing to say about a plan without such files. Errors: Unsupported for a configuration that names no other
/// initrd.
base::Result<std::vector<std::string>> find_unreached_initrds(const BootFiles& boot, const InjectionPlan& plan);

}  // namespace isolde::vmedia
