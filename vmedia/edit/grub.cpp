// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/edit/grub.h"

#include "vmedia/edit/grub_script.h"
#include "vmedia/edit/grub_unattended.h"
#include "vmedia/edit/words.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

namespace isolde::vmedia {
namespace {

bool is_safe(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_./:=,+-@%~^").find(c) != std::string_view::npos;
}

/// `k="a b"` and `"k=a b"` without their quotes: GRUB puts quotes of its own around a word with blanks.
std::string without_value_quotes(std::string_view word) {
    const std::size_t open = word.find('"');
    const bool whole_value = open != std::string_view::npos && (open == 0 || word[open - 1] == '=') &&
                             word.find('"', open + 1) == word.size() - 1 && word.find(' ') != std::string_view::npos;
    std::string plain(word);
    if (whole_value && (open == 0 || word.find('=') == open - 1)) {
        plain.pop_back();
        plain.erase(open, 1);
    }
    return plain;
}

base::Result<std::vector<std::string>> quote_all(const std::vector<std::string>& words) {
    std::vector<std::string> quoted;
    for (const std::string& word : words) {
        quoted.push_back(TRY(quote_for_grub(word)));
    }
    return quoted;
}

/// "linuxefi" of `${linux}efi`: the letters of a command that is put together from variables.
std::string letters_of(const GrubWord& word) {
    std::string letters;
    std::copy_if(word.text.begin(), word.text.end(), std::back_inserter(letters),
                 [](char c) { return c != '$' && c != '{' && c != '}'; });
    return letters;
}

template <std::size_t N>
bool is_command(const GrubWord& word, const std::array<std::string_view, N>& names, std::string_view variable_prefix) {
    if (word.variables.empty()) {
        return std::find(names.begin(), names.end(), word.text) != names.end();
    }
    return letters_of(word).starts_with(variable_prefix) && word.text.find('=') == std::string::npos;
}

bool loads_linux(const GrubWord& word) {
    static constexpr std::array<std::string_view, 5> kNames = {"linux", "linuxefi", "linux16", "linux32", "linux64"};
    return is_command(word, kNames, "linux");
}

bool loads_initrd(const GrubWord& word) {
    static constexpr std::array<std::string_view, 3> kNames = {"initrd", "initrdefi", "initrd16"};
    return is_command(word, kNames, "initrd");
}

bool reads_configuration(const GrubWord& word) {
    static constexpr std::array<std::string_view, 4> kNames = {"source", ".", "configfile", "normal"};
    return word.variables.empty() && std::find(kNames.begin(), kNames.end(), word.text) != kNames.end();
}

bool loads_another_kernel(const GrubWord& word) {
    static constexpr std::array<std::string_view, 3> kNames = {"multiboot", "multiboot2", "xen_hypervisor"};
    return word.variables.empty() && std::find(kNames.begin(), kNames.end(), word.text) != kNames.end();
}

/// "/boot/vmlinuz" of "($root)/boot/vmlinuz", "$root/boot/vmlinuz" and "newc:name:/boot/vmlinuz".
std::string without_device(std::string_view path) {
    if (path.starts_with("newc:")) {
        path = path.substr(path.rfind(':') + 1);
    }
    if (path.starts_with('(') && path.find(')') != std::string_view::npos) {
        path = path.substr(path.find(')') + 1);
    }
    for (const std::string_view root : {"$root/", "${root}/"}) {
        if (path.starts_with(root)) {
            path = path.substr(root.size() - 1);
        }
    }
    return std::string(path);
}

bool is_positional(const std::string& variable) {
    const std::size_t name = variable.find_first_not_of("${");
    return name != std::string::npos &&
           std::string_view("*@#0123456789").find(variable[name]) != std::string_view::npos;
}

bool is_linux_name(const std::string& function) {
    return loads_linux({{}, function, {}});
}

bool is_taken_away(const std::string& word, const ArgumentEdit& edit) {
    return std::any_of(edit.remove.begin(), edit.remove.end(),
                       [&](const auto& pattern) { return matches_word(word, canonical_word(pattern)); }) ||
           std::any_of(edit.replace.begin(), edit.replace.end(),
                       [&](const auto& wanted) { return word != wanted && key_of(word) == key_of(wanted); });
}

using Assignments = std::multimap<std::string_view, std::string_view>;  ///< values by variable

Assignments assignments_in(const GrubScript& script) {
    Assignments assignments;
    for (const GrubCommand& command : script.commands) {
        const bool set = command.words[0].text == "set" && command.words.size() > 1;
        const std::string_view text = command.words[set ? 1 : 0].text;
        if (const std::size_t equals = text.find('='); equals != std::string_view::npos) {
            assignments.emplace(text.substr(0, equals), text.substr(equals + 1));
        }
    }
    return assignments;
}

class GrubEditor {
  public:
    GrubEditor(std::string_view file, std::string_view text, const BootEdit& edit, WordEdit words)
        : file_(file), edit_(edit), words_(std::move(words)), script_(parse_grub(text)), text_edit_(text) {
        takes_arguments_.resize(script_.entries.size());
    }

    base::Result<ConfigEdit> run() {
        for (const GrubCommand& command : script_.commands) {
            if (result_.entries < kBootListLimit && result_.mentions <= kBootMentionLimit) {
                visit(command);
            }
        }
        if (refusal_) {
            return *refusal_;
        }
        report_menu();
        if (script_.open_quote) {
            warn(*script_.open_quote, "a quote is never closed; nothing after it was edited");
        }
        if (edit_.unattended || !edit_.default_entry.empty()) {
            make_grub_unattended(script_, takes_arguments_, edit_, file_, text_edit_, result_);
        }
        result_.text = text_edit_.apply();
        return std::move(result_);
    }

  private:
    void visit(const GrubCommand& command) {
        const GrubWord& name = command.words[0];
        if (loads_linux(name)) {
            visit_linux(command);
        } else if (loads_initrd(name)) {
            add_paths(command, result_.initrds);
        } else if (reads_configuration(name)) {
            add_configurations(command);
        } else if (loads_another_kernel(name)) {
            skip(command, "command " + name.text + " takes no arguments of Linux");
        }
    }

    void add_paths(const GrubCommand& command, std::vector<std::string>& paths) {
        for (std::size_t i = 1; i < command.words.size(); ++i) {
            const GrubWord& word = command.words[i];
            const bool handed_on = !word.variables.empty() && is_positional(word.variables[0]);
            if (!handed_on && !word.text.starts_with("--")) {
                result_.mention(paths, without_device(word.text));
            }
        }
    }

    void add_configurations(const GrubCommand& command) {
        add_paths(command, result_.includes);
        if (command.words[0].text == "configfile" || command.words[0].text == "normal") {
            add_paths(command, result_.handovers);
        } else if (command.entry) {
            add_paths(command, result_.inner);
        }
    }

    void visit_linux(const GrubCommand& command) {
        if (command.words.size() < 2) {
            return;
        }
        const GrubWord& kernel = command.words[1];
        if (is_memory_test(kernel.text)) {
            return skip(command, "memory test");
        }
        const bool positional = !kernel.variables.empty() && is_positional(kernel.variables[0]);
        if (positional && is_linux_name(command.function)) {
            return note_wrapper(command, kernel);
        }
        ++result_.entries;
        result_.names.push_back(name_of(command));
        result_.mention(result_.kernels, without_device(kernel.text));
        if (command.entry) {
            takes_arguments_[*command.entry] = true;
        }
        edit_linux(command);
    }

    /// Its callers are edited, by their own names.
    void note_wrapper(const GrubCommand& command, const GrubWord& kernel) {
        const bool splits = kernel.variables[0].find('*') != std::string::npos;
        const auto has_blank = [](const std::string& word) { return word.find(' ') != std::string::npos; };
        const bool blanks = std::any_of(words_.append.begin(), words_.append.end(), has_blank) ||
                            std::any_of(words_.replacements.begin(), words_.replacements.end(), has_blank);
        if (splits && blanks) {
            ++result_.mentions;
            warn(kernel.span.begin,
                 "function " + command.function + " hands its words on by $*, which splits arguments that hold blanks");
        }
    }

    void edit_linux(const GrubCommand& command) {
        const WordEdit edit = words_.for_entry(name_of(command));
        const bool takes_away = !edit.arguments.remove.empty() || !edit.arguments.replace.empty();
        WordRun run{command.words[1].span.end, {}};
        for (std::size_t i = 2; i < command.words.size(); ++i) {
            const GrubWord& word = command.words[i];
            run.words.push_back({word.span, canonical_word(word.text)});
            if (takes_away) {
                look_into_variables(command, word, edit.arguments);
            }
        }
        const auto length = check_length({run}, edit, boot_image_length(without_device(command.words[1].text)));
        if (!length.ok() && !refusal_) {
            refusal_ =
                base::Error(length.error()).with_context("grub: " + file_ + ": entry \"" + entry_of(command) + "\"");
        }
        const Span span{command.words.front().span.begin, command.words.back().span.end};
        text_edit_.change(result_, entry_of(command), span, edit_words({run}, edit)[0]);
    }

    void look_into_variables(const GrubCommand& command, const GrubWord& word, const ArgumentEdit& edit) {
        for (const std::string& variable : word.variables) {
            const bool is_whole_word = word.text.starts_with(variable);
            if (!is_whole_word || !hidden_.insert(variable).second) {
                continue;
            }
            if (const auto held = word_held_by(variable, edit)) {
                refusal_ = base::unsupported("grub: " + file_ + ":" +
                                             std::to_string(text_edit_.line_of(word.span.begin)) + ": entry \"" +
                                             entry_of(command) + "\" takes \"" + *held + "\" from the variable " +
                                             variable + ", out of which nothing can be removed or replaced");
            } else {
                warn(word.span.begin, "arguments inside variable " + variable + " cannot be removed or replaced");
            }
        }
    }

    /// A word that `edit` would take away, of what the file itself assigns to `variable`.
    std::optional<std::string> word_held_by(std::string_view variable, const ArgumentEdit& edit) {
        if (!assignments_) {
            assignments_ = assignments_in(script_);
        }
        variable.remove_prefix(std::min(variable.find_first_not_of("${"), variable.size()));
        const auto [begin, end] = assignments_->equal_range(variable.substr(0, variable.find('}')));
        for (auto assigned = begin; assigned != end; ++assigned) {
            for (std::string& word : split_command_line(assigned->second)) {
                if (is_taken_away(word, edit)) {
                    return std::move(word);
                }
            }
        }
        return std::nullopt;
    }

    void skip(const GrubCommand& command, std::string reason) {
        ++result_.mentions;
        result_.skipped.push_back(
            {entry_of(command), text_edit_.line_of(command.words[0].span.begin), std::move(reason)});
    }

    void warn(std::size_t offset, const std::string& text) {
        result_.warnings.push_back(file_ + ":" + std::to_string(text_edit_.line_of(offset)) + ": " + text);
    }

    std::string entry_of(const GrubCommand& command) const {
        return command.entry ? script_.entries[*command.entry].path : "";
    }

    EntryName name_of(const GrubCommand& command) const {
        return command.entry ? EntryName{script_.entries[*command.entry].path, script_.entries[*command.entry].title}
                             : EntryName{};
    }

    void report_menu() {
        for (std::size_t i = 0; i < script_.entries.size(); ++i) {
            if (!script_.entries[i].nested) {
                result_.mention(takes_arguments_[i] ? result_.menu.bootable : result_.menu.others,
                                script_.entries[i].title);
            }
        }
    }

    std::string file_;
    const BootEdit& edit_;
    WordEdit words_;
    GrubScript script_;
    TextEdit text_edit_;
    std::vector<bool> takes_arguments_;  ///< by entry
    std::set<std::string> hidden_;
    std::optional<Assignments> assignments_;  ///< once they are asked for; into script_
    std::optional<base::Error> refusal_;
    ConfigEdit result_;
};

}  // namespace

base::Result<std::string> quote_for_grub(std::string_view word) {
    const std::string plain = without_value_quotes(canonical_word(word));
    const std::size_t refused = plain.find_first_of("'\"\\");
    if (refused != std::string::npos) {
        return base::invalid_argument("grub: argument \"" + std::string(key_of(word)) + "\" holds the character " +
                                      plain[refused] +
                                      " which GRUB 2.06 hands to the kernel with a backslash before it; leave it out");
    }
    if (std::all_of(plain.begin(), plain.end(), is_safe)) {
        return plain;
    }
    return "'" + plain + "'";
}

base::Result<ConfigEdit> edit_grub(std::string_view file, std::string_view text, const BootEdit& edit) {
    TRY(check_edit("grub", file, text, edit.arguments));
    auto append = TRY(quote_all(edit.arguments.append).with_context(std::string(file)));
    auto replace = TRY(quote_all(edit.arguments.replace).with_context(std::string(file)));
    WordEdit words{edit.arguments, std::move(append), std::move(replace)};
    return finish_edit("grub", file, TRY(GrubEditor(file, text, edit, std::move(words)).run()));
}

}  // namespace isolde::vmedia
