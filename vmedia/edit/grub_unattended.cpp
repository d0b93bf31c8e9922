// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/edit/grub_unattended.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace isolde::vmedia {
namespace {

constexpr std::string_view kTimeout = "timeout=5";

/// `set name=value` or `name=value` outside of entries and functions.
struct Assignment {
    Span span;  ///< of the word name=value
    std::string value;
    bool literal = true;
};

std::vector<Assignment> assignments_of(const GrubScript& script, std::string_view name) {
    std::vector<Assignment> found;
    for (const GrubCommand& command : script.commands) {
        const bool set = command.words[0].text == "set" && command.words.size() > 1;
        const GrubWord& word = command.words[set ? 1 : 0];
        if (!command.entry && command.function.empty() && word.text.starts_with(std::string(name) + "=")) {
            found.push_back({word.span, word.text.substr(name.size() + 1), word.variables.empty()});
        }
    }
    return found;
}

/// Whatever `source ${prefix}/x.cfg` adds to the menu.
bool reads_unknown_file(const GrubScript& script) {
    return std::any_of(script.commands.begin(), script.commands.end(), [](const GrubCommand& command) {
        const bool source = command.words[0].text == "source" || command.words[0].text == ".";
        return source && command.words.size() > 1 && !command.words[1].variables.empty();
    });
}

std::optional<std::size_t> as_number(std::string_view text) {
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

class Unattended {
  public:
    Unattended(const GrubScript& script, const std::vector<bool>& takes_arguments, const BootEdit& edit,
               const std::string& file, TextEdit& text_edit, ConfigEdit& result)
        : script_(script),
          takes_arguments_(takes_arguments),
          edit_(edit),
          file_(file),
          text_edit_(text_edit),
          result_(result),
          uncertain_(edit.shared_menu) {
        timeouts_ = assignments_of(script, "timeout");
        defaults_ = assignments_of(script, "default");
        for (std::size_t i = 0; i < script.entries.size(); ++i) {
            if (!script.entries[i].nested) {
                top_.push_back(i);
                entries_.push_back(&script.entries[i]);
                uncertain_ = uncertain_ || script.entries[i].conditional;
            }
        }
    }

    void run() {
        if (!edit_.default_entry.empty()) {
            set_wanted_default();
        }
        if (edit_.unattended) {
            boot_by_itself();
        }
    }

  private:
    void boot_by_itself() {
        end_endless_timeouts();
        const bool menu = !top_.empty() || (!edit_.menu.bootable.empty() && !result_.includes.empty());
        if (!edit_.top_level || !menu) {
            return;
        }
        std::string head;
        if (timeouts_.empty()) {
            head += "set " + std::string(kTimeout) + "\n";
        }
        if (edit_.default_entry.empty()) {
            head += choose_default();
        }
        if (!head.empty()) {
            text_edit_.prepend_lines(result_, head);
        }
    }

    void set_wanted_default() {
        const auto found = std::find_if(script_.entries.begin(), script_.entries.end(), [&](const GrubEntry& entry) {
            return matches_entry(edit_.default_entry, {entry.path, entry.title});
        });
        if (found == script_.entries.end()) {
            return;
        }
        const auto spelled = spell(static_cast<std::size_t>(found - script_.entries.begin()));
        if (spelled) {
            text_edit_.append_line(result_, "set default=" + *spelled);
        } else {
            warn({found->offset, 0}, "the entry has no name by which it could be made the default");
        }
    }

    /// "2" where the numbers of entries are certain; in a submenu by titles, for Fedora's GRUB knows no "1>0":
    /// 'Submenu>Title', with > doubled inside a title.
    std::optional<std::string> spell(std::size_t entry) const {
        const bool certain = !uncertain_ && !reads_unknown_file(script_) &&
                             std::none_of(script_.entries.begin(), script_.entries.end(),
                                          [](const GrubEntry& each) { return each.conditional; });
        const bool titles = (!certain || script_.entries[entry].parent) && has_titles(entry);
        if (!certain && !titles) {
            return std::nullopt;
        }
        std::string path;
        for (std::optional<std::size_t> at = entry; at; at = script_.entries[*at].parent) {
            const std::string here = titles ? doubled(script_.entries[*at].title) : std::to_string(position(*at));
            path = here + (path.empty() ? "" : ">" + path);
        }
        return "'" + path + "'";
    }

    /// True when GRUB finds the entry by its title and those of the submenus that it is in.
    bool has_titles(std::size_t entry) const {
        bool found = true;
        for (std::optional<std::size_t> at = entry; at && found; at = script_.entries[*at].parent) {
            found = names_itself(script_.entries[*at]) && first_of_its_title(*at);
        }
        return found;
    }

    /// GRUB takes a text that begins with a digit for a number.
    static bool names_itself(const GrubEntry& entry) {
        const std::string& title = entry.title;
        return entry.literal_title && !title.empty() && title.find_first_of("'\n") == std::string::npos &&
               std::string_view(" \t0123456789").find(title[0]) == std::string_view::npos;
    }

    bool first_of_its_title(std::size_t entry) const {
        const GrubEntry& here = script_.entries[entry];
        const auto end = script_.entries.begin() + static_cast<std::ptrdiff_t>(entry);
        return std::none_of(script_.entries.begin(), end, [&](const GrubEntry& each) {
            return each.parent == here.parent && each.title == here.title;
        });
    }

    /// Among the entries of its own menu.
    std::size_t position(std::size_t entry) const {
        const auto end = script_.entries.begin() + static_cast<std::ptrdiff_t>(entry);
        return static_cast<std::size_t>(std::count_if(script_.entries.begin(), end, [&](const GrubEntry& each) {
            return each.parent == script_.entries[entry].parent;
        }));
    }

    static std::string doubled(const std::string& title) {
        std::string text;
        for (const char c : title) {
            text.append(c == '>' ? 2 : 1, c);
        }
        return text;
    }

    void end_endless_timeouts() {
        for (const Assignment& timeout : timeouts_) {
            if (!timeout.literal) {
                warn(timeout.span, "the timeout comes from a variable and was left alone");
            } else if (!as_number(timeout.value)) {
                replace(timeout.span, std::string(kTimeout));
            }
        }
    }

    /// Replaces a default that boots no kernel; returns the line to put first when there is no default to replace.
    std::string choose_default() {
        const std::optional<std::size_t> selected = selected_entry();
        if (!selected || takes_arguments_[top_[*selected]]) {
            return {};
        }
        const std::string choice = first_bootable();
        if (choice.empty()) {
            warn({entries_[*selected]->offset, 0}, "the default entry boots no kernel, and no other entry does");
            return {};
        }
        if (defaults_.empty()) {
            return "set default=" + choice + "\n";
        }
        replace(defaults_[0].span, "default=" + choice);
        return {};
    }

    /// Position among the top-level entries, where it can be told from this file.
    std::optional<std::size_t> selected_entry() const {
        const bool single = defaults_.size() <= 1 && (defaults_.empty() || defaults_[0].literal);
        if (!single || top_.empty()) {
            return std::nullopt;
        }
        const std::string value = defaults_.empty() ? "0" : defaults_[0].value;
        if (const auto number = as_number(value); number) {
            return *number < top_.size() && !uncertain_ ? number : std::nullopt;
        }
        const auto named = std::find_if(entries_.begin(), entries_.end(),
                                        [&](const GrubEntry* entry) { return entry->title == value; });
        return named == entries_.end() ? std::nullopt
                                       : std::optional(static_cast<std::size_t>(named - entries_.begin()));
    }

    /// By number where the numbers are certain, else by title.
    std::string first_bootable() const {
        for (std::size_t i = 0; i < top_.size(); ++i) {
            const std::string& title = entries_[i]->title;
            if (takes_arguments_[top_[i]] && !uncertain_) {
                return std::to_string(i);
            }
            const bool usable = names_itself(*entries_[i]) && title.find('>') == std::string::npos;
            if (takes_arguments_[top_[i]] && usable) {
                return "'" + title + "'";
            }
        }
        return {};
    }

    void replace(Span span, std::string text) { text_edit_.change(result_, "", span, {{span, std::move(text)}}); }

    void warn(Span span, const std::string& text) {
        result_.warnings.push_back(file_ + ":" + std::to_string(text_edit_.line_of(span.begin)) + ": " + text);
    }

    const GrubScript& script_;
    const std::vector<bool>& takes_arguments_;
    const BootEdit& edit_;
    const std::string& file_;
    TextEdit& text_edit_;
    ConfigEdit& result_;
    std::vector<Assignment> timeouts_;
    std::vector<Assignment> defaults_;
    std::vector<std::size_t> top_;           ///< indices of entries outside any other
    std::vector<const GrubEntry*> entries_;  ///< the same entries
    bool uncertain_;                         ///< of numbers
};

}  // namespace

void make_grub_unattended(const GrubScript& script, const std::vector<bool>& takes_arguments, const BootEdit& edit,
                          const std::string& file, TextEdit& text_edit, ConfigEdit& result) {
    Unattended(script, takes_arguments, edit, file, text_edit, result).run();
}

}  // namespace isolde::vmedia
