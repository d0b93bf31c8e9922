// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/edit/bls.h"

#include "vmedia/edit/text_edit.h"
#include "vmedia/edit/words.h"

#include <algorithm>
#include <optional>

namespace isolde::vmedia {
namespace {

constexpr std::string_view kBlanks = " \t";

struct BlsLine {
    std::string key;
    Span content;  ///< the line without its break
    std::size_t key_end = 0;
    Span value;
};

BlsLine parse_line(std::string_view text, Span content) {
    const std::string_view line = text.substr(content.begin, content.end - content.begin);
    const std::size_t begin = std::min(line.find_first_not_of(kBlanks), line.size());
    const std::size_t key_end = std::min(line.find_first_of(kBlanks, begin), line.size());
    const std::size_t value = std::min(line.find_first_not_of(kBlanks, key_end), line.size());
    const std::size_t value_end = std::max(value, line.find_last_not_of(kBlanks) + 1);
    return {std::string(line.substr(begin, key_end - begin)),
            content,
            content.begin + key_end,
            {content.begin + value, content.begin + value_end}};
}

std::vector<BlsLine> parse_lines(std::string_view text) {
    std::vector<BlsLine> lines;
    for (const TextLine& line : split_lines(text)) {
        BlsLine parsed = parse_line(text, line.content);
        if (!parsed.key.empty() && parsed.key[0] != '#') {
            lines.push_back(std::move(parsed));
        }
    }
    return lines;
}

std::vector<std::string> canonical_words(const std::vector<std::string>& words) {
    std::vector<std::string> canonical;
    std::transform(words.begin(), words.end(), std::back_inserter(canonical), canonical_word);
    return canonical;
}

class BlsEditor {
  public:
    BlsEditor(std::string_view file, std::string_view text, const BootEdit& edit)
        : file_(file), text_(text), lines_(parse_lines(text)), text_edit_(text) {
        words_ = {edit.arguments, canonical_words(edit.arguments.append), canonical_words(edit.arguments.replace)};
    }

    base::Result<ConfigEdit> run() {
        for (const BlsLine& line : lines_) {
            note(line);
        }
        if (kernel_) {
            TRY(edit_entry());
        }
        result_.text = text_edit_.apply();
        return std::move(result_);
    }

  private:
    std::string value_of(const BlsLine& line) const {
        return std::string(text_.substr(line.value.begin, line.value.end - line.value.begin));
    }

    void note(const BlsLine& line) {
        if (line.key == "title") {
            title_ = value_of(line);
        } else if (line.key == "linux" || line.key == "uki") {
            kernel_ = line;
        } else if (line.key == "initrd") {
            result_.mention(result_.initrds, value_of(line));
        } else if (line.key == "options") {
            options_.push_back(line);
        } else if (line.key == "efi") {
            skip(line, "starts the EFI program " + value_of(line));
        }
    }

    void skip(const BlsLine& line, std::string reason) {
        result_.mention(result_.menu.others, title_);
        result_.skipped.push_back({title_, text_edit_.line_of(line.content.begin), std::move(reason)});
    }

    base::Result<void> edit_entry() {
        if (is_memory_test(value_of(*kernel_))) {
            skip(*kernel_, "memory test");
            return {};
        }
        if (kernel_->key == "uki" && options_.empty()) {
            skip(*kernel_, "a unified kernel image that brings its own command line");
            return {};
        }
        result_.entries = 1;
        result_.mention(result_.kernels, value_of(*kernel_));
        result_.mention(result_.menu.bootable, title_);
        result_.names.push_back({title_, file_.substr(file_.find_last_of('/') + 1)});
        const WordEdit edit = words_.for_entry(result_.names.back());
        const std::string insertion = edit.all_words();
        TRY(check_quotes(insertion));
        return edit_options(edit, insertion);
    }

    /// systemd-boot takes away quotes that stand around a whole value.
    base::Result<void> check_quotes(const std::string& insertion) const {
        const bool alone = std::all_of(options_.begin(), options_.end(),
                                       [](const BlsLine& line) { return line.value.begin == line.value.end; });
        if (alone && insertion.starts_with('"') && insertion.ends_with('"')) {
            return base::invalid_argument("bls: " + file_ + ": argument " + insertion +
                                          " would lose its double quotes; write it as key=\"value\"");
        }
        return {};
    }

    base::Result<void> edit_options(const WordEdit& edit, const std::string& insertion) {
        if (options_.empty() && !insertion.empty()) {
            const std::string line = std::string(line_break_of(text_)) + "options " + insertion;
            text_edit_.change(result_, title_, kernel_->content,
                              {{{kernel_->content.end, kernel_->content.end}, line}});
        }
        std::vector<WordRun> runs;
        for (const BlsLine& line : options_) {
            runs.push_back({line.key_end, place_words(text_, line.value)});
        }
        TRY(check_length(runs, edit, 0).with_context("bls: " + file_));
        const auto splices = edit_words(runs, edit);
        for (std::size_t i = 0; i < options_.size(); ++i) {
            text_edit_.change(result_, title_, options_[i].content, splices[i]);
        }
        return {};
    }

    std::string file_;
    std::string_view text_;
    std::vector<BlsLine> lines_;
    TextEdit text_edit_;
    WordEdit words_;
    std::string title_;
    std::optional<BlsLine> kernel_;
    std::vector<BlsLine> options_;
    ConfigEdit result_;
};

}  // namespace

base::Result<ConfigEdit> edit_bls(std::string_view file, std::string_view text, const BootEdit& edit) {
    TRY(check_edit("bls", file, text, edit.arguments));
    return finish_edit("bls", file, TRY(BlsEditor(file, text, edit).run()));
}

base::Result<ConfigEdit> edit_loader_conf(std::string_view file, std::string_view text, const BootEdit& edit) {
    TRY(check_edit("bls", file, text, edit.arguments));
    TextEdit text_edit(text);
    ConfigEdit result;
    bool default_set = edit.default_entry.empty();
    for (const BlsLine& line : parse_lines(text)) {
        const std::string_view value = text.substr(line.value.begin, line.value.end - line.value.begin);
        if (edit.unattended && line.key == "timeout" && value == "menu-force") {
            text_edit.change(result, "", line.content, {{line.value, "5"}});
        } else if (!edit.default_entry.empty() && line.key == "default" && line.value.begin < line.value.end) {
            text_edit.change(result, "", line.content, {{line.value, edit.default_entry}});
            default_set = true;
        }
    }
    if (!default_set) {
        text_edit.append_line(result, "default " + edit.default_entry);
    }
    result.text = text_edit.apply();
    return finish_edit("bls", file, std::move(result));
}

}  // namespace isolde::vmedia
