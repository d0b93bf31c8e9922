// SPDX-License-Identifier: GPL-3.0-or-later
//
// Applies an edit of kernel arguments and of the unattended start to every boot-loader configuration of an image: in
// the ISO tree and in the FAT of the EFI partition.
#pragma once

#include "vmedia/compose/boot_files.h"
#include "vmedia/compose/plan.h"
#include "vmedia/edit/boot_config.h"

#include <optional>
#include <string>
#include <vector>

namespace isolde::vmedia {

/// A configuration with its edited text.
struct EditedConfig {
    const BootConfigFile* file = nullptr;
    ConfigEdit edit;
    std::optional<FilledArea> area;  ///< set by fill_argument_areas; then edit.text is its text
};

/// What is wanted of all configurations together.
struct BootWish {
    ArgumentEdit arguments;
    bool unattended = false;
    std::string default_entry;  ///< name or glob of an entry, empty: none
};

/// Edits all configurations; writes nothing. Errors: those of the editors, with the file's name; NotFound for a default
/// that is no entry, listing the entries.
base::Result<std::vector<EditedConfig>> edit_configurations(const std::vector<BootConfigFile>& files,
                                                            const BootWish& wish);

/// Fails when arguments are wanted and no entry takes one, or an entry that is named is not there, or named for
/// nothing. Errors: Unsupported naming the configurations, NotFound listing the entries, InvalidArgument.
base::Result<void> check_arguments_land(const std::vector<EditedConfig>& edited, const ArgumentEdit& arguments);

/// Warnings about loaders that have entries of which none is among those named.
std::vector<std::string> find_passed_over(const std::vector<EditedConfig>& edited, const ArgumentEdit& arguments);

/// Warnings about loaders that have entries of which none is the wanted default.
std::vector<std::string> find_defaults_unset(const std::vector<EditedConfig>& edited, const std::string& wanted);

/// Warnings about firmware that `catalog` gives a loader whose configurations have no entry that takes arguments.
std::vector<std::string> find_silent_paths(const std::vector<EditedConfig>& edited, const image::BootCatalog& catalog);

/// Entries changed, files that need no edit, warnings of the editors.
void report_edits(const std::vector<EditedConfig>& edited, PlanReport& report);

}  // namespace isolde::vmedia
