// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/boot_menus.h"

#include "vmedia/compose/boot_locations.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <string_view>

namespace isolde::vmedia {
namespace {

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

/// Menus of `loader` are spread over files by `include` or `source`; each file's menu has a number. Of other loaders
/// each file is read by itself.
std::vector<std::size_t> number_menus(const std::vector<BootConfigFile>& files, const Includes& includes,
                                      BootLoader loader) {
    std::vector<std::size_t> menu(files.size());
    std::iota(menu.begin(), menu.end(), std::size_t{0});
    for (std::size_t i = 0; i < files.size(); ++i) {
        for (const std::size_t other : includes[i]) {
            if (files[i].loader == loader && files[other].loader == loader) {
                std::replace(menu.begin(), menu.end(), std::size_t{menu[other]}, std::size_t{menu[i]});
            }
        }
    }
    return menu;
}

bool has_entries(const BootConfigFile& file) {
    return !file.report->menu.bootable.empty() || !file.report->menu.others.empty();
}

/// Files of GRUB that share their menu with entries of others.
std::vector<bool> find_shared(const std::vector<BootConfigFile>& files, const Includes& includes) {
    const std::vector<std::size_t> menu = number_menus(files, includes, BootLoader::Grub);
    std::map<std::size_t, std::size_t> with_entries;  // by number of the menu
    for (std::size_t i = 0; i < files.size(); ++i) {
        with_entries[menu[i]] += has_entries(files[i]) ? 1U : 0U;
    }
    std::vector<bool> shared(files.size());
    for (std::size_t i = 0; i < files.size(); ++i) {
        shared[i] = with_entries[menu[i]] > 1;
    }
    return shared;
}

/// Files of GRUB that others read inside a submenu.
std::vector<bool> find_inner(const std::vector<BootConfigFile>& files) {
    const Numbers numbers = number_files(files);
    std::vector<bool> inner(files.size());
    for (const BootConfigFile& file : files) {
        for (const std::size_t other : find_files(numbers, file, file.report->inner)) {
            inner[other] = true;
        }
    }
    return inner;
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

/// Files that are a part of another one's menu: an isolinux file that any other includes, and one of GRUB that is read
/// by a file with entries. A file of GRUB without any only leads on.
std::vector<bool> find_parts(const std::vector<BootConfigFile>& files, Includes includes) {
    for (std::size_t i = 0; i < files.size(); ++i) {
        const bool leads_on = files[i].loader == BootLoader::Grub && !has_entries(files[i]);
        if (leads_on || files[i].loader == BootLoader::Bls || files[i].loader == BootLoader::LoaderConf) {
            includes[i].clear();
        }
    }
    return find_included(includes);
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

}  // namespace

MenuRelations relate_menus(const std::vector<BootConfigFile>& files) {
    const Includes includes = find_includes(files);
    return {number_menus(files, includes, BootLoader::Isolinux), find_shared(files, includes), find_inner(files),
            find_parts(files, includes), reading_order(includes)};
}

}  // namespace isolde::vmedia
