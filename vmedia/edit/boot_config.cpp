// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/edit/boot_config.h"

#include "vmedia/edit/words.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <unordered_set>

namespace isolde::vmedia {

namespace {

/// Adds those of `from` that `into` lacks.
void merge_names(std::vector<std::string>& into, const std::vector<std::string>& from) {
    std::unordered_set<std::string_view> known(from.size());
    for (const std::string& name : into) {
        known.insert(name);
    }
    std::vector<std::string> fresh;
    for (const std::string& name : from) {
        if (into.size() + fresh.size() < kBootListLimit && !name.empty() && known.insert(name).second) {
            fresh.push_back(name);
        }
    }
    std::move(fresh.begin(), fresh.end(), std::back_inserter(into));
}

}  // namespace

void BootMenu::merge(const BootMenu& other) {
    merge_names(bootable, other.bootable);
    merge_names(others, other.others);
    if (marked_default.empty()) {
        marked_default = other.marked_default;
    }
    global_arguments = global_arguments || other.global_arguments;
    prompts = prompts || other.prompts;
    names_default = names_default || other.names_default;
}

void add_once(std::vector<std::string>& list, std::string_view item) {
    const bool room = list.size() < kBootListLimit;
    if (room && !item.empty() && std::find(list.begin(), list.end(), item) == list.end()) {
        list.emplace_back(item);
    }
}

void ConfigEdit::mention(std::vector<std::string>& list, std::string_view item) {
    if (++mentions <= kBootMentionLimit) {
        add_once(list, item);
    }
}

bool is_memory_test(std::string_view path) {
    std::string name(path.substr(path.find_last_of('/') + 1));
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return name.find("memtest") != std::string::npos || name.starts_with("mt86");
}

namespace {

/// `*` stands for any characters, `?` for one. Steps back to the last `*` only: linear times the pattern.
bool matches_glob(std::string_view pattern, std::string_view text) {
    std::size_t at = 0;
    std::size_t star = std::string_view::npos;
    std::size_t resume = 0;
    for (std::size_t i = 0; i < text.size();) {
        if (at < pattern.size() && pattern[at] == '*') {
            star = at++;
            resume = i;
        } else if (at < pattern.size() && (pattern[at] == '?' || pattern[at] == text[i])) {
            ++at;
            ++i;
        } else if (star != std::string_view::npos) {
            at = star + 1;
            i = ++resume;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', at) == std::string_view::npos;
}

}  // namespace

bool matches_entry(std::string_view pattern, const EntryName& entry) {
    return pattern == entry.name || pattern == entry.alias || matches_glob(pattern, entry.name) ||
           (!entry.alias.empty() && matches_glob(pattern, entry.alias));
}

bool selects(const ArgumentEdit& edit, const EntryName& entry) {
    return edit.entries.empty() || std::any_of(edit.entries.begin(), edit.entries.end(),
                                               [&](const auto& pattern) { return matches_entry(pattern, entry); });
}

base::Result<void> check_edit(std::string_view loader, std::string_view file, std::string_view text,
                              const ArgumentEdit& edit) {
    const std::string where = std::string(loader) + ": " + std::string(file);
    if (text.size() > kBootConfigLimit) {
        return base::exhausted(where + ": " + std::to_string(text.size()) +
                               " bytes, more than a configuration may have");
    }
    for (const auto* words : {&edit.append, &edit.remove, &edit.replace}) {
        for (const std::string& word : *words) {
            TRY(check_word(word).with_context(where));
        }
    }
    return {};
}

base::Result<ConfigEdit> finish_edit(std::string_view loader, std::string_view file, ConfigEdit result) {
    const auto too_many = [&](std::size_t count, std::string_view of_what) {
        return base::exhausted(std::string(loader) + ": " + std::string(file) + ": " + std::to_string(count) +
                               std::string(of_what) + ", more than a configuration may have");
    };
    const std::size_t longest =
        std::max({result.entries, result.skipped.size(), result.kernels.size(), result.initrds.size(),
                  result.includes.size(), result.menu.bootable.size(), result.menu.others.size()});
    if (longest >= kBootListLimit) {
        return too_many(longest, " entries or files");
    }
    if (result.mentions > kBootMentionLimit) {
        return too_many(result.mentions, " places that name an entry or a file");
    }
    return result;
}

}  // namespace isolde::vmedia
