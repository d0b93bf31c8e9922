// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/boot_edits.h"

#include "vmedia/edit/bls.h"
#include "vmedia/edit/grub.h"
#include "vmedia/edit/isolinux.h"

#include <algorithm>

namespace isolde::vmedia {
namespace {

base::Result<ConfigEdit> edit_one(const BootConfigFile& file, const BootEdit& edit) {
    switch (file.loader) {
        case BootLoader::Grub: return edit_grub(file.path, file.text, edit);
        case BootLoader::Isolinux: return edit_isolinux(file.path, file.text, edit);
        case BootLoader::Bls: return edit_bls(file.path, file.text, edit);
        case BootLoader::LoaderConf: break;
    }
    return edit_loader_conf(file.path, file.text, edit);
}

/// The files of isolinux are one menu, spread by `include`. Of the other loaders each file is read by itself.
bool one_menu(const BootConfigFile& left, const BootConfigFile& right) {
    return left.loader == BootLoader::Isolinux && right.loader == BootLoader::Isolinux && left.in_efi == right.in_efi;
}

/// What each file adds to its menu.
base::Result<std::vector<BootMenu>> read_menus(const std::vector<BootConfigFile>& files) {
    std::vector<BootMenu> menus;
    for (const BootConfigFile& file : files) {
        menus.push_back(TRY(edit_one(file, {})).menu);
    }
    return menus;
}

std::string list_configurations(const std::vector<EditedConfig>& edited) {
    std::string list;
    for (const EditedConfig& config : edited) {
        list += (list.empty() ? "" : ", ") + config.file->path;
    }
    return list;
}

}  // namespace

base::Result<std::vector<EditedConfig>> edit_configurations(const std::vector<BootConfigFile>& files,
                                                            const ArgumentEdit& arguments, bool unattended) {
    const std::vector<BootMenu> menus = TRY(read_menus(files));
    std::vector<EditedConfig> edited;
    for (std::size_t i = 0; i < files.size(); ++i) {
        BootEdit edit;
        edit.arguments = arguments;
        edit.unattended = unattended;
        edit.top_level = files[i].top_level;
        for (std::size_t other = 0; other < files.size(); ++other) {
            if (other != i && one_menu(files[i], files[other])) {
                edit.menu.merge(menus[other]);
            }
        }
        edited.push_back({&files[i], TRY(edit_one(files[i], edit))});
    }
    return edited;
}

base::Result<void> check_arguments_land(const std::vector<EditedConfig>& edited, const ArgumentEdit& arguments) {
    if (arguments.empty()) {
        return {};
    }
    for (const EditedConfig& config : edited) {
        if (config.edit.entries > 0) {
            return {};
        }
    }
    if (edited.empty()) {
        return base::unsupported(
            "no boot-loader configuration was found in the image: nothing takes the kernel "
            "arguments");
    }
    return base::unsupported("no boot entry of the image takes kernel arguments; configurations looked at: " +
                             list_configurations(edited));
}

std::vector<std::string> find_silent_paths(const std::vector<EditedConfig>& edited, const image::BootCatalog& catalog) {
    const auto takes_arguments = [&](bool efi) {
        return std::any_of(edited.begin(), edited.end(), [&](const EditedConfig& config) {
            const BootLoader other = efi ? BootLoader::Isolinux : BootLoader::Bls;
            return config.edit.entries > 0 && config.file->loader != other;
        });
    };
    std::vector<std::string> warnings;
    for (const image::BootEntry& entry : catalog.entries) {
        if (entry.bootable && !takes_arguments(entry.is_efi())) {
            warnings.push_back(std::string(entry.is_efi() ? "UEFI" : "BIOS") +
                               " firmware starts a loader for which no configuration that takes arguments was found");
        }
    }
    return warnings;
}

void report_edits(const std::vector<EditedConfig>& edited, PlanReport& report) {
    for (const EditedConfig& config : edited) {
        const std::string loader(to_string(config.file->loader));
        for (const EntryEdit& change : config.edit.changes) {
            report.entries.push_back(
                {config.file->path, loader, change.entry, change.line, change.before, change.after});
        }
        report.warnings.insert(report.warnings.end(), config.edit.warnings.begin(), config.edit.warnings.end());
        if (config.file->in_efi && config.edit.entries == 0 && !config.edit.changed()) {
            report.files.push_back({config.file->path, "unchanged: leads to other configurations", 0});
        }
    }
}

}  // namespace isolde::vmedia
