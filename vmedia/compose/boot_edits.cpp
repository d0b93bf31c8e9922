// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/boot_edits.h"

#include "vmedia/compose/boot_locations.h"
#include "vmedia/edit/bls.h"
#include "vmedia/edit/grub.h"
#include "vmedia/edit/isolinux.h"

#include <algorithm>
#include <map>
#include <numeric>
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

/// For each file the files that it includes, in order.
using Includes = std::vector<std::vector<std::size_t>>;

using Numbers = std::map<std::string_view, std::size_t>;  ///< of configurations, by their path

Numbers number_files(const std::vector<BootConfigFile>& files) {
    Numbers numbers;
    for (std::size_t i = 0; i < files.size(); ++i) {
        numbers.emplace(files[i].path, i);
    }
    return numbers;
}

std::vector<std::size_t> find_files(const Numbers& numbers, const BootConfigFile& writer,
                                    const std::vector<std::string>& written) {
    std::vector<std::size_t> found;
    for (const std::string& each : written) {
        const auto path = resolve_written_path(writer.inner_path(), each);
        const auto number = path ? numbers.find(writer.in_efi ? "EFI:" + *path : *path) : numbers.end();
        if (number != numbers.end()) {
            found.push_back(number->second);
        }
    }
    return found;
}

/// Without those that replace a menu by another one.
Includes find_includes(const std::vector<BootConfigFile>& files) {
    const Numbers numbers = number_files(files);
    Includes includes(files.size());
    for (std::size_t i = 0; i < files.size(); ++i) {
        const ConfigEdit& read = *files[i].report;
        std::vector<std::string> parts;
        std::copy_if(read.includes.begin(), read.includes.end(), std::back_inserter(parts), [&](const auto& path) {
            return std::find(read.handovers.begin(), read.handovers.end(), path) == read.handovers.end();
        });
        includes[i] = find_files(numbers, files[i], parts);
    }
    return includes;
}

/// Menus of isolinux are spread over files by `include`; each file's menu has a number. Of other loaders each file is
/// read by itself.
std::vector<std::size_t> number_menus(const std::vector<BootConfigFile>& files, const Includes& includes) {
    std::vector<std::size_t> menu(files.size());
    std::iota(menu.begin(), menu.end(), std::size_t{0});
    for (std::size_t i = 0; i < files.size(); ++i) {
        for (const std::size_t other : includes[i]) {
            if (files[i].loader == BootLoader::Isolinux && files[other].loader == BootLoader::Isolinux) {
                std::replace(menu.begin(), menu.end(), std::size_t{menu[other]}, std::size_t{menu[i]});
            }
        }
    }
    return menu;
}

std::vector<bool> find_included(const Includes& includes) {
    std::vector<bool> included(includes.size());
    for (std::size_t i = 0; i < includes.size(); ++i) {
        for (const std::size_t file : includes[i]) {
            included[file] = included[file] || file != i;
        }
    }
    return included;
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
    const std::vector<bool> included = find_included(includes);
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

base::Error no_such_entry(const std::string& name, const std::vector<EntryName>& names) {
    return base::not_found("no boot entry is called \"" + name +
                           "\"; entries that take kernel arguments: " + list_entries(names));
}

/// All configurations of an image, as they stand, with what they are to each other.
class Menus {
  public:
    explicit Menus(const std::vector<BootConfigFile>& files)
        : files_(files),
          includes_(find_includes(files_)),
          menu_(number_menus(files_, includes_)),
          included_(find_included(includes_)),
          order_(reading_order(includes_)) {
        for (const std::size_t file : order_) {
            merged_[menu_[file]].merge(files_[file].report->menu);
        }
    }

    BootEdit edit_of(std::size_t file, const BootWish& wish) const {
        BootEdit edit;
        edit.arguments = wish.arguments;
        edit.unattended = wish.unattended;
        edit.top_level = files_[file].top_level && !(isolinux(file) && included_[file]);
        edit.menu = merged_.at(menu_[file]);
        if (!wish.default_entry.empty()) {
            edit.default_entry = default_for(file, wish.default_entry);
        }
        return edit;
    }

    base::Result<void> check_default(const std::string& wanted) const {
        std::vector<EntryName> names;
        for (const BootConfigFile& file : files_) {
            const ConfigEdit& read = *file.report;
            names.insert(names.end(), read.names.begin(), read.names.end());
            for (const std::string& label : read.menu.others) {
                if (matches_entry(wanted, {label, ""})) {
                    return {};
                }
            }
        }
        const bool known = wanted.empty() || std::any_of(names.begin(), names.end(), [&](const EntryName& entry) {
                               return matches_entry(wanted, entry);
                           });
        return known ? base::Result<void>() : no_such_entry(wanted, names);
    }

  private:
    bool isolinux(std::size_t file) const { return files_[file].loader == BootLoader::Isolinux; }

    /// What the editor of `file` is told: names of isolinux's labels and of systemd-boot's files stand elsewhere.
    std::string default_for(std::size_t file, const std::string& wanted) const {
        if (files_[file].loader == BootLoader::Grub) {
            return wanted;
        }
        for (const std::size_t other : order_) {
            const bool same_menu =
                isolinux(file) ? menu_[other] == menu_[file]
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
    Includes includes_;
    std::vector<std::size_t> menu_;
    std::vector<bool> included_;
    std::vector<std::size_t> order_;
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
        return {};
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
        report.warnings.insert(report.warnings.end(), config.edit.warnings.begin(), config.edit.warnings.end());
        if (config.file->in_efi && config.edit.entries == 0 && !config.edit.changed()) {
            report.files.push_back({config.file->path, "unchanged: leads to other configurations", 0});
        }
    }
}

}  // namespace isolde::vmedia
