// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/boot_edits.h"

#include "vmedia/compose/boot_locations.h"
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

/// What the files say as they stand.
base::Result<std::vector<ConfigEdit>> read_configurations(const std::vector<BootConfigFile>& files) {
    std::vector<ConfigEdit> read;
    for (const BootConfigFile& file : files) {
        read.push_back(TRY(edit_one(file, {})));
    }
    return read;
}

/// For each file the files that it includes, in order.
using Includes = std::vector<std::vector<std::size_t>>;

Includes find_includes(const std::vector<BootConfigFile>& files, const std::vector<ConfigEdit>& read) {
    Includes includes(files.size());
    for (std::size_t i = 0; i < files.size(); ++i) {
        for (const std::string& written : read[i].includes) {
            const auto path = resolve_written_path(files[i].inner_path(), written);
            for (std::size_t other = 0; path && other < files.size(); ++other) {
                if (files[other].in_efi == files[i].in_efi && files[other].inner_path() == *path) {
                    includes[i].push_back(other);
                }
            }
        }
    }
    return includes;
}

void visit(const Includes& includes, std::size_t file, std::vector<std::size_t>& order) {
    if (std::find(order.begin(), order.end(), file) != order.end()) {
        return;
    }
    order.push_back(file);
    for (const std::size_t included : includes[file]) {
        visit(includes, included, order);
    }
}

/// Files in the order in which a loader meets their entries: each that nobody includes, with what it includes behind
/// it. Files that only include each other come last.
std::vector<std::size_t> reading_order(const Includes& includes) {
    std::vector<bool> included(includes.size());
    for (const auto& files : includes) {
        for (const std::size_t file : files) {
            included[file] = true;
        }
    }
    std::vector<std::size_t> order;
    for (const bool wanted : {false, true}) {
        for (std::size_t i = 0; i < includes.size(); ++i) {
            if (included[i] == wanted) {
                visit(includes, i, order);
            }
        }
    }
    return order;
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
    const std::vector<ConfigEdit> read = TRY(read_configurations(files));
    const std::vector<std::size_t> order = reading_order(find_includes(files, read));
    std::vector<EditedConfig> edited;
    for (std::size_t i = 0; i < files.size(); ++i) {
        BootEdit edit;
        edit.arguments = arguments;
        edit.unattended = unattended;
        edit.top_level = files[i].top_level;
        for (const std::size_t other : order) {
            if (other != i && one_menu(files[i], files[other])) {
                edit.menu.merge(read[other].menu);
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
