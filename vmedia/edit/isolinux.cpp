// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/edit/isolinux.h"

#include "vmedia/edit/isolinux_script.h"
#include "vmedia/edit/isolinux_unattended.h"
#include "vmedia/edit/words.h"

#include <algorithm>
#include <array>

namespace isolde::vmedia {
namespace {

std::vector<std::string> canonical_words(const std::vector<std::string>& words) {
    std::vector<std::string> canonical;
    std::transform(words.begin(), words.end(), std::back_inserter(canonical), canonical_word);
    return canonical;
}

/// syslinux tells what a `kernel` is by its name; a dot in a version number ("vmlinuz-6.1.0") is none of these.
bool is_kernel_name(std::string_view path) {
    static constexpr std::array<std::string_view, 8> kOther = {"c32", "com", "cbt", "bss", "bs", "bin", "img", "0"};
    const std::string extension = extension_of(path);
    const bool version_number = extension == "0" && path.find("vmlinuz") != std::string_view::npos;
    return version_number || std::find(kOther.begin(), kOther.end(), extension) == kOther.end();
}

std::string without_device(std::string_view path) {
    const std::size_t colons = path.find("::");
    return std::string(colons == std::string_view::npos ? path : path.substr(colons + 2));
}

std::string first_word(std::string_view text) {
    return std::string(text.substr(0, text.find_first_of(" \t")));
}

class IsolinuxEditor {
  public:
    IsolinuxEditor(std::string_view file, std::string_view text, const BootEdit& edit)
        : file_(file),
          text_(text),
          edit_(edit),
          words_{edit.arguments, canonical_words(edit.arguments.append), canonical_words(edit.arguments.replace)},
          script_(parse_syslinux(text)),
          text_edit_(text) {
        result_.menu.global_arguments =
            std::any_of(script_.globals.begin(), script_.globals.end(),
                        [](const SyslinuxDirective& directive) { return directive.keyword == "append"; });
    }

    base::Result<ConfigEdit> run() {
        for (const SyslinuxLabel& label : script_.labels) {
            TRY(result_.mentions <= kBootMentionLimit ? visit_label(label) : base::Result<void>());
        }
        if (edit_.unattended || !edit_.default_entry.empty()) {
            replaced_ = make_isolinux_unattended(text_, script_, edit_, text_edit_, result_);
        }
        for (const SyslinuxDirective& directive : script_.globals) {
            visit_global(directive);
        }
        result_.text = text_edit_.apply();
        return std::move(result_);
    }

  private:
    std::string_view value_of(const SyslinuxDirective& directive) const {
        return text_.substr(directive.value.begin, directive.value.end - directive.value.begin);
    }

    bool has_global_arguments() const { return result_.menu.global_arguments || edit_.menu.global_arguments; }

    base::Result<void> visit_label(const SyslinuxLabel& label) {
        const bool bare = !label.kernel && label.append && value_of(*label.append) != "-";
        const std::string kernel = label.kernel ? first_word(value_of(*label.kernel)) : label.name;
        const std::string reason = label.kernel ? reason_to_skip(*label.kernel, kernel) : "";
        if (!label.kernel && (!bare || !is_kernel_name(kernel))) {
            result_.mention(result_.menu.others, label.name);
        } else if (!reason.empty()) {
            skip(label, kernel, reason);
        } else {
            result_.mention(result_.menu.bootable, label.name);
            ++result_.entries;
            result_.names.push_back({label.name, label.title});
            result_.mention(result_.kernels, without_device(kernel));
            TRY(edit_label(label, words_.for_entry(result_.names.back())));
        }
        if (label.marked_default) {
            result_.menu.marked_default = label.name;
        }
        return {};
    }

    static std::string reason_to_skip(const SyslinuxDirective& directive, const std::string& kernel) {
        if (directive.keyword == "localboot" || directive.keyword == "config") {
            return directive.keyword == "config" ? "another menu" : "boots the local disk";
        }
        if (is_memory_test(kernel)) {
            return "memory test";
        }
        const bool linux_kernel =
            directive.keyword == "linux" || (directive.keyword == "kernel" && is_kernel_name(kernel));
        return linux_kernel ? "" : "boots " + kernel + ", which is no Linux kernel";
    }

    void skip(const SyslinuxLabel& label, const std::string& kernel, const std::string& reason) {
        result_.mention(result_.menu.others, label.name);
        result_.skipped.push_back({label.name, text_edit_.line_of(label.at.line.begin), reason});
        if (label.kernel->keyword == "config") {
            result_.mention(result_.includes, without_device(kernel));
            result_.mention(result_.handovers, without_device(kernel));
        }
        if (kernel.ends_with("menu.c32") && label.append) {
            report_menu_files(*label.append);
        }
    }

    /// menu.c32 takes the files of its menu as arguments; '~' is the present one.
    void report_menu_files(const SyslinuxDirective& append) {
        for (const std::string& word : split_command_line(value_of(append))) {
            if (word != "~") {
                result_.mention(result_.includes, without_device(word));
            }
        }
    }

    base::Result<void> edit_label(const SyslinuxLabel& label, const WordEdit& edit) {
        const bool own = label.append && value_of(*label.append) != "-";
        const bool needs_all = !label.append && has_global_arguments();
        if (needs_all && !edit_.arguments.entries.empty() && !edit.arguments.empty()) {
            return base::unsupported("isolinux: " + file_ + ": entry \"" + label.name +
                                     "\" takes its arguments from the append of all entries; edit all entries");
        }
        const WordRun kernel = words_behind_kernel(label);
        const WordRun arguments =
            own ? WordRun{label.append->keyword_span.end, place_words(text_, label.append->value)} : WordRun{};
        report_initrds(kernel.words);
        report_initrds(arguments.words);
        const std::string path = label.kernel ? first_word(value_of(*label.kernel)) : label.name;
        TRY(check_length({kernel, arguments}, edit, boot_image_length(path))
                .with_context("isolinux: " + file_ + ": entry \"" + label.name + "\""));
        const auto splices = edit_words({kernel, arguments}, edit);
        if (label.kernel) {
            text_edit_.change(result_, label.name, label.kernel->line, splices[0]);
        }
        if (own) {
            text_edit_.change(result_, label.name, label.append->line, splices[1]);
        } else if (!splices[1].empty() && !needs_all) {
            put_append(label, splices[1][0].replacement.substr(1));
        }
        return {};
    }

    /// The loader puts what stands there before the words of `append`.
    WordRun words_behind_kernel(const SyslinuxLabel& label) const {
        if (!label.kernel) {
            return {};
        }
        const std::size_t begin = label.kernel->value.begin + first_word(value_of(*label.kernel)).size();
        return {begin, place_words(text_, {begin, label.kernel->value.end})};
    }

    /// For a label that has no words of its own.
    void put_append(const SyslinuxLabel& label, const std::string& words) {
        if (label.append) {
            text_edit_.change(result_, label.name, label.append->line, {{label.append->value, words}});
        } else {
            add_append(label, words);
        }
    }

    void add_append(const SyslinuxLabel& label, const std::string& insertion) {
        const SyslinuxDirective& kernel = *label.kernel;
        const std::string indent(text_.substr(kernel.line.begin, kernel.keyword_span.begin - kernel.line.begin));
        const bool upper_case = text_[kernel.keyword_span.begin] < 'a';
        const std::string line = std::string(line_break_of(text_)) + indent + (upper_case ? "APPEND " : "append ");
        text_edit_.change(result_, label.name, kernel.line, {{{kernel.value.end, kernel.value.end}, line + insertion}});
    }

    struct CommandLine {
        std::size_t anchor = 0;  ///< where the text before the first word ends
        Span arguments;
    };

    void edit_command_line(const std::string& entry, const SyslinuxDirective& directive, CommandLine line,
                           const WordEdit& edit) {
        const WordRun run{line.anchor, place_words(text_, line.arguments)};
        report_initrds(run.words);
        text_edit_.change(result_, entry, directive.line, edit_words({run}, edit)[0]);
    }

    void report_initrds(const std::vector<PlacedWord>& words) {
        for (const PlacedWord& word : words) {
            if (word.text.starts_with("initrd=")) {
                add_initrds(std::string_view(word.text).substr(7));
            }
        }
    }

    void add_initrds(std::string_view list) {
        while (!list.empty()) {
            const std::size_t comma = std::min(list.find(','), list.size());
            result_.mention(result_.initrds, without_device(list.substr(0, comma)));
            list.remove_prefix(std::min(comma + 1, list.size()));
        }
    }

    void visit_global(const SyslinuxDirective& directive) {
        const std::string& keyword = directive.keyword;
        report_menu_keyword(directive);
        if (keyword == "append") {
            edit_command_line("", directive, {directive.keyword_span.end, directive.value}, words_.for_entry({}));
        } else if (keyword == "initrd") {
            add_initrds(first_word(value_of(directive)));
        } else if (keyword == "include" || keyword == "menu include" || keyword == "config") {
            result_.mention(result_.includes, without_device(first_word(value_of(directive))));
            result_.mention(result_.handovers,
                            keyword == "config" ? without_device(first_word(value_of(directive))) : "");
        } else if (keyword == "ui") {
            report_ui_files(directive);
        } else if (keyword == "default" || keyword == "ontimeout") {
            visit_command(directive);
        }
    }

    void report_menu_keyword(const SyslinuxDirective& directive) {
        const std::string& keyword = directive.keyword;
        const bool command = keyword == "default" || keyword == "ontimeout";
        result_.menu.prompts |= keyword == "default" || keyword == "ui" || keyword == "prompt";
        result_.menu.names_default |= command && extension_of(first_word(value_of(directive))) != "c32";
    }

    /// `ui vesamenu.c32 other.cfg`.
    void report_ui_files(const SyslinuxDirective& directive) {
        const std::vector<std::string> words = split_command_line(value_of(directive));
        for (std::size_t i = 1; i < words.size() && words[0].ends_with("menu.c32"); ++i) {
            if (words[i] != "~") {
                result_.mention(result_.includes, without_device(words[i]));
            }
        }
    }

    /// `default` and `ontimeout` give a command line: a label, or a kernel file with arguments.
    void visit_command(const SyslinuxDirective& directive) {
        if (std::any_of(replaced_.begin(), replaced_.end(),
                        [&](const Span& line) { return line.begin == directive.line.begin; })) {
            return;
        }
        const std::string kernel = first_word(value_of(directive));
        const bool nothing_else = script_.labels.empty() && edit_.menu.bootable.empty() && edit_.menu.others.empty() &&
                                  result_.menu.global_arguments;
        const bool file = kernel.find('/') != std::string::npos || (nothing_else && !kernel.empty());
        if (!file || !is_kernel_name(kernel) || is_memory_test(kernel)) {
            return;
        }
        ++result_.entries;
        result_.mention(result_.kernels, without_device(kernel));
        if (!has_global_arguments()) {
            const std::size_t anchor = directive.value.begin + kernel.size();
            edit_command_line(directive.keyword, directive, {anchor, {anchor, directive.value.end}},
                              words_.for_entry({}));
        }
    }

    std::string file_;
    std::string_view text_;
    const BootEdit& edit_;
    WordEdit words_;
    SyslinuxScript script_;
    TextEdit text_edit_;
    std::vector<Span> replaced_;  ///< lines that boot something else now
    ConfigEdit result_;
};

}  // namespace

base::Result<ConfigEdit> edit_isolinux(std::string_view file, std::string_view text, const BootEdit& edit) {
    TRY(check_edit("isolinux", file, text, edit.arguments));
    return finish_edit("isolinux", file, TRY(IsolinuxEditor(file, text, edit).run()));
}

}  // namespace isolde::vmedia
