// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/edit/boot_config.h"

#include "vmedia/edit/words.h"

#include <algorithm>
#include <cctype>

namespace isolde::vmedia {

void BootMenu::merge(const BootMenu& other) {
    for (const std::string& label : other.bootable) {
        add_once(bootable, label);
    }
    for (const std::string& label : other.others) {
        add_once(others, label);
    }
    if (marked_default.empty()) {
        marked_default = other.marked_default;
    }
    global_arguments = global_arguments || other.global_arguments;
}

void add_once(std::vector<std::string>& list, std::string_view item) {
    const bool room = list.size() < kBootListLimit;
    if (room && !item.empty() && std::find(list.begin(), list.end(), item) == list.end()) {
        list.emplace_back(item);
    }
}

bool is_memory_test(std::string_view path) {
    std::string name(path.substr(path.find_last_of('/') + 1));
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return name.find("memtest") != std::string::npos || name.starts_with("mt86");
}

base::Result<void> check_edit(std::string_view loader, std::string_view file, std::string_view text,
                              const ArgumentEdit& edit) {
    const std::string where = std::string(loader) + ": " + std::string(file);
    if (text.size() > kBootConfigLimit) {
        return base::exhausted(where + ": " + std::to_string(text.size()) +
                               " bytes, more than a configuration may have");
    }
    for (const auto* words : {&edit.append, &edit.remove}) {
        for (const std::string& word : *words) {
            TRY(check_word(word).with_context(where));
        }
    }
    return {};
}

base::Result<ConfigEdit> finish_edit(std::string_view loader, std::string_view file, ConfigEdit result) {
    const std::size_t longest =
        std::max({result.entries, result.skipped.size(), result.kernels.size(), result.initrds.size(),
                  result.includes.size(), result.menu.bootable.size(), result.menu.others.size()});
    if (longest >= kBootListLimit) {
        return base::exhausted(std::string(loader) + ": " + std::string(file) + ": " + std::to_string(longest) +
                               " entries or files, more than a configuration may name");
    }
    return result;
}

}  // namespace isolde::vmedia
