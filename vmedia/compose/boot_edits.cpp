// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/boot_edits.h"

#include "vmedia/compose/boot_menus.h"
#include "vmedia/edit/bls.h"
#include "vmedia/edit/grub.h"
#include "vmedia/edit/isolinux.h"

#include <algorithm>
#include <map>
#include <set>

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

std::string list_configurations(const std::vector<EditedConfig>& edited) {
    std::string list;
    for (const EditedConfig& config : edited) {
        list += (list.empty() ? "" : ", ") + config.file->path;
    }
    return list;
}

std::string list_entries(const std::vector<EntryName>& names) {
    constexpr std::size_t kListed = 64;
    std::set<std::string> listed;
    std::string list;
    for (const EntryName& entry : names) {
        const std::string& name = entry.name.empty() ? entry.alias : entry.name;
        if (name.empty() || !listed.insert(name).second) {
            continue;
        }
        if (listed.size() > kListed) {
            return list + ", and more";
        }
        list.append(list.empty() ? "" : ", ").append(1, '"').append(name).append(1, '"');
    }
    return list.empty() ? "none" : list;
}

bool has_entry(const ConfigEdit& read, const std::string& wanted) {
    const auto& others = read.menu.others;
    return std::any_of(read.names.begin(), read.names.end(),
                       [&](const EntryName& entry) { return matches_entry(wanted, entry); }) ||
           std::any_of(others.begin(), others.end(), [&](const std::string& label) {
               return matches_entry(wanted, {label, ""});
           });
}

base::Error no_such_entry(const std::string& name, const std::vector<EntryName>& names) {
    return base::not_found("no boot entry is called \"" + name +
                           "\"; entries that take kernel arguments: " + list_entries(names));
}

/// All configurations of an image, as they stand, with what they are to each other.
class Menus {
  public:
    explicit Menus(const std::vector<BootConfigFile>& files) : files_(files), relations_(relate_menus(files)) {
        for (const std::size_t file : relations_.order) {
            merged_[relations_.menu[file]].merge(files_[file].report->menu);
        }
    }

    BootEdit edit_of(std::size_t file, const BootWish& wish) const {
        BootEdit edit;
        edit.arguments = wish.arguments;
        edit.unattended = wish.unattended;
        edit.top_level = files_[file].top_level && !relations_.part[file];
        edit.menu = merged_.at(relations_.menu[file]);
        edit.shared_menu = relations_.shared[file];
        if (!wish.default_entry.empty()) {
            edit.default_entry = default_for(file, wish.default_entry);
        }
        return edit;
    }

    base::Result<void> check_default(const std::string& wanted) const {
        std::vector<EntryName> names;
        bool known = wanted.empty();
        const BootConfigFile* out_of_reach = nullptr;
        for (std::size_t i = 0; i < files_.size(); ++i) {
            const ConfigEdit& read = *files_[i].report;
            names.insert(names.end(), read.names.begin(), read.names.end());
            const bool found = has_entry(read, wanted);
            known = known || (found && !relations_.inner[i]);
            out_of_reach = found && relations_.inner[i] ? &files_[i] : out_of_reach;
        }
        if (!known && out_of_reach != nullptr) {
            return base::unsupported("the boot entry \"" + wanted + "\" stands in " + out_of_reach->path +
                                     ", which another file reads inside a submenu; it cannot be made the default");
        }
        return known ? base::Result<void>() : no_such_entry(wanted, names);
    }

  private:
    bool isolinux(std::size_t file) const { return files_[file].loader == BootLoader::Isolinux; }

    /// What the editor of `file` is told: names of isolinux's labels and of systemd-boot's files stand elsewhere.
    std::string default_for(std::size_t file, const std::string& wanted) const {
        if (files_[file].loader == BootLoader::Grub) {
            return relations_.inner[file] ? "" : wanted;
        }
        for (const std::size_t other : relations_.order) {
            const bool same_menu =
                isolinux(file) ? relations_.menu[other] == relations_.menu[file]
                               : files_[other].loader == BootLoader::Bls && files_[other].in_efi == files_[file].in_efi;
            if (!same_menu) {
                continue;
            }
            for (const EntryName& entry : files_[other].report->names) {
                if (matches_entry(wanted, entry)) {
                    return isolinux(file) ? entry.name : entry.alias;
                }
            }
            const auto& others = files_[other].report->menu.others;
            if (isolinux(file) && std::find(others.begin(), others.end(), wanted) != others.end()) {
                return wanted;
            }
        }
        return {};
    }

    const std::vector<BootConfigFile>& files_;
    MenuRelations relations_;
    std::map<std::size_t, BootMenu> merged_;  ///< by number of the menu
};

}  // namespace

base::Result<std::vector<EditedConfig>> edit_configurations(const std::vector<BootConfigFile>& files,
                                                            const BootWish& wish) {
    const Menus menus(files);
    TRY(menus.check_default(wish.default_entry));
    std::vector<EditedConfig> edited;
    for (std::size_t i = 0; i < files.size(); ++i) {
        ConfigEdit edit = TRY(edit_one(files[i], menus.edit_of(i, wish)));
        edited.push_back({&files[i], std::move(edit), std::nullopt});
    }
    return edited;
}

base::Result<void> check_arguments_land(const std::vector<EditedConfig>& edited, const ArgumentEdit& arguments) {
    if (arguments.empty()) {
        return arguments.entries.empty()
                   ? base::Result<void>()
                   : base::invalid_argument("the boot entry \"" + arguments.entries[0] +
                                            "\" is named, and no kernel argument that it shall get or lose");
    }
    std::vector<EntryName> names;
    for (const EditedConfig& config : edited) {
        names.insert(names.end(), config.edit.names.begin(), config.edit.names.end());
    }
    for (const std::string& wanted : arguments.entries) {
        if (!std::any_of(names.begin(), names.end(), [&](const auto& name) { return matches_entry(wanted, name); })) {
            return no_such_entry(wanted, names);
        }
    }
    if (!names.empty()) {
        return {};
    }
    if (edited.empty()) {
        return base::unsupported(
            "no boot-loader configuration was found in the image: nothing takes the kernel "
            "arguments");
    }
    return base::unsupported("no boot entry of the image takes kernel arguments; configurations looked at: " +
                             list_configurations(edited));
}

namespace {

std::map<BootLoader, std::vector<EntryName>> names_by_loader(const std::vector<EditedConfig>& edited) {
    std::map<BootLoader, std::vector<EntryName>> by_loader;
    for (const EditedConfig& config : edited) {
        auto& names = by_loader[config.file->loader];
        names.insert(names.end(), config.edit.names.begin(), config.edit.names.end());
        for (const std::string& other : config.edit.menu.others) {
            names.push_back({other, ""});
        }
    }
    return by_loader;
}

/// Loaders that have entries none of which `meant` is true of, each with a list of them.
template <typename Meant>
std::vector<std::pair<std::string, std::string>> loaders_without(const std::vector<EditedConfig>& edited, Meant meant) {
    std::vector<std::pair<std::string, std::string>> loaders;
    for (const auto& [loader, names] : names_by_loader(edited)) {
        if (!names.empty() && std::none_of(names.begin(), names.end(), meant)) {
            loaders.emplace_back(to_string(loader), list_entries(names));
        }
    }
    return loaders;
}

}  // namespace

std::vector<std::string> find_passed_over(const std::vector<EditedConfig>& edited, const ArgumentEdit& arguments) {
    std::vector<std::string> warnings;
    const auto meant = [&](const EntryName& name) { return selects(arguments, name); };
    for (const auto& [loader, entries] : loaders_without(edited, meant)) {
        warnings.push_back("no entry of " + loader +
                           " is among those named, so what it boots keeps its arguments; its "
                           "entries: " +
                           entries);
    }
    return warnings;
}

std::vector<std::string> find_defaults_unset(const std::vector<EditedConfig>& edited, const std::string& wanted) {
    std::vector<std::string> warnings;
    const auto meant = [&](const EntryName& name) { return wanted.empty() || matches_entry(wanted, name); };
    for (const auto& [loader, entries] : loaders_without(edited, meant)) {
        warnings.push_back("no entry of " + loader + " is called \"" + wanted +
                           "\", so its default stays; its entries: " + entries);
    }
    return warnings;
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
        if (config.edit.changed()) {
            report.diffs.push_back({config.file->path, loader, diff_lines(config.file->text, config.edit.text)});
        }
        report.warnings.insert(report.warnings.end(), config.edit.warnings.begin(), config.edit.warnings.end());
        if (config.file->in_efi && config.edit.entries == 0 && !config.edit.changed()) {
            report.files.push_back({config.file->path, "unchanged: leads to other configurations", 0});
        }
    }
}

}  // namespace isolde::vmedia
