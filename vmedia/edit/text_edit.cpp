// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/edit/text_edit.h"

#include "vmedia/edit/words.h"

#include <algorithm>
#include <iterator>
#include <optional>

namespace isolde::vmedia {
namespace {

/// Many commands on one very long line are reported without the line around them.
constexpr std::size_t kReportedLineLimit = 2048;

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

bool is_marker(const PlacedWord& word) {
    return word.text == "---" || word.text == "--";
}

/// `text` between the offsets of `window` with `splices` (sorted, inside the window) applied.
std::string apply_splices(std::string_view text, Span window, const std::vector<Splice>& splices) {
    std::string result;
    std::size_t position = window.begin;
    for (const Splice& splice : splices) {
        result += text.substr(position, splice.span.begin - position);
        result += splice.replacement;
        position = splice.span.end;
    }
    result += text.substr(position, window.end - position);
    return result;
}

/// The kernel takes everything behind an open quote as part of that word.
bool has_open_quote(const PlacedWord& word) {
    return std::count(word.text.begin(), word.text.end(), '"') % 2 != 0;
}

bool is_removed(const PlacedWord& word, const ArgumentEdit& edit) {
    const auto matches = [&](const std::string& pattern) { return matches_word(word.text, canonical_word(pattern)); };
    return !is_marker(word) && (std::any_of(edit.remove.begin(), edit.remove.end(), matches) ||
                                std::any_of(edit.always_remove.begin(), edit.always_remove.end(), matches));
}

/// Where new words go.
std::size_t insertion_point(const WordRun& run) {
    const auto stop = std::find_if(run.words.begin(), run.words.end(),
                                   [](const PlacedWord& word) { return is_marker(word) || has_open_quote(word); });
    return stop == run.words.begin() ? run.anchor : std::prev(stop)->span.end;
}

/// Goes through the words of one command line.
class WordEditor {
  public:
    explicit WordEditor(const WordEdit& edit) : edit_(edit), replaced_(edit.arguments.replace.size()) {}

    std::vector<Splice> visit(const WordRun& run) {
        std::vector<Splice> splices;
        std::size_t previous_end = run.anchor;
        for (const PlacedWord& word : run.words) {
            if (is_removed(word, edit_.arguments)) {
                splices.push_back({{previous_end, word.span.end}, ""});
            } else if (const auto index = replacement_of(word); index) {
                const bool first = !replaced_[*index];
                replaced_[*index] = true;
                splices.push_back(first ? Splice{word.span, edit_.replacements[*index]}
                                        : Splice{{previous_end, word.span.end}, ""});
            }
            previous_end = word.span.end;
        }
        return splices;
    }

    /// Bytes that `run` takes afterwards; counts as a visit.
    std::size_t measure(const WordRun& run) {
        std::size_t length = 0;
        for (const PlacedWord& word : run.words) {
            if (is_removed(word, edit_.arguments)) {
                continue;
            }
            const auto index = replacement_of(word);
            if (!index) {
                length += word.text.size() + 1;
            } else if (!replaced_[*index]) {
                replaced_[*index] = true;
                length += edit_.arguments.replace[*index].size() + 1;
            }
        }
        return length;
    }

    /// Of new words that stand nowhere yet.
    std::size_t measure_rest() const {
        std::size_t length = 0;
        for (std::size_t i = 0; i < replaced_.size(); ++i) {
            length += replaced_[i] ? 0 : edit_.arguments.replace[i].size() + 1;
        }
        for (const std::string& word : edit_.arguments.append) {
            length += word.size() + 1;
        }
        return length;
    }

    /// New words that stand nowhere yet.
    std::string rest() const {
        std::vector<std::string> words;
        for (std::size_t i = 0; i < replaced_.size(); ++i) {
            if (!replaced_[i]) {
                words.push_back(edit_.replacements[i]);
            }
        }
        words.insert(words.end(), edit_.append.begin(), edit_.append.end());
        return join_command_line(words);
    }

  private:
    std::optional<std::size_t> replacement_of(const PlacedWord& word) const {
        const auto& replace = edit_.arguments.replace;
        const auto found = std::find_if(replace.begin(), replace.end(),
                                        [&](const std::string& wanted) { return key_of(word.text) == key_of(wanted); });
        const bool none = found == replace.end() || is_marker(word) || has_open_quote(word);
        return none ? std::nullopt : std::optional(static_cast<std::size_t>(found - replace.begin()));
    }

    const WordEdit& edit_;
    std::vector<bool> replaced_;
};

void sort_splices(std::vector<Splice>& splices) {
    std::stable_sort(splices.begin(), splices.end(),
                     [](const Splice& a, const Splice& b) { return a.span.begin < b.span.begin; });
}

}  // namespace

std::vector<TextLine> split_lines(std::string_view text) {
    std::vector<TextLine> lines;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t newline = std::min(text.find('\n', begin), text.size());
        const bool carriage_return = newline > begin && newline < text.size() && text[newline - 1] == '\r';
        lines.push_back({{begin, carriage_return ? newline - 1 : newline}, std::min(newline + 1, text.size())});
        begin = newline + 1;
    }
    return lines;
}

std::string_view line_break_of(std::string_view text) {
    const std::size_t newline = text.find('\n');
    return newline != std::string_view::npos && newline > 0 && text[newline - 1] == '\r' ? "\r\n" : "\n";
}

std::vector<PlacedWord> place_words(std::string_view text, Span span) {
    std::vector<PlacedWord> words;
    bool quoted = false;
    bool inside = false;
    for (std::size_t at = span.begin; at < span.end; ++at) {
        quoted = (text[at] == '"') != quoted;
        if (!quoted && is_blank(text[at])) {
            inside = false;
            continue;
        }
        if (!inside) {
            words.push_back({{at, at}, {}});
            inside = true;
        }
        words.back().span.end = at + 1;
        words.back().text += text[at];
    }
    return words;
}

WordEdit WordEdit::for_entry(const EntryName& entry) const {
    if (selects(arguments, entry)) {
        return *this;
    }
    WordEdit little;
    little.arguments.always_remove = arguments.always_remove;
    return little;
}

std::string WordEdit::all_words() const {
    return WordEditor(*this).rest();
}

std::vector<std::vector<Splice>> edit_words(const std::vector<WordRun>& runs, const WordEdit& edit) {
    std::vector<std::vector<Splice>> result;
    WordEditor editor(edit);
    for (const WordRun& run : runs) {
        result.push_back(editor.visit(run));
    }
    const std::string insertion = editor.rest();
    if (!runs.empty() && !insertion.empty()) {
        const std::size_t at = insertion_point(runs.back());
        result.back().push_back({{at, at}, " " + insertion});
        sort_splices(result.back());
    }
    return result;
}

base::Result<std::size_t> check_length(const std::vector<WordRun>& runs, const WordEdit& edit, std::size_t before) {
    WordEditor editor(edit);
    std::size_t length = 0;
    for (const WordRun& run : runs) {
        length += editor.measure(run);
    }
    length += editor.measure_rest();
    const bool adds = !edit.arguments.append.empty() || !edit.arguments.replace.empty();
    if (adds && before + length >= kKernelCommandLineSize) {
        return base::invalid_argument("the kernel's command line would take " + std::to_string(before + length) +
                                      " bytes, and is cut at " + std::to_string(kKernelCommandLineSize - 1));
    }
    return length;
}

std::size_t boot_image_length(std::string_view kernel) {
    return std::string_view("BOOT_IMAGE=").size() + kernel.size();
}

TextEdit::TextEdit(std::string_view text) : text_(text), line_starts_{0} {
    for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) {
        line_starts_.push_back(at + 1);
    }
}

std::size_t TextEdit::line_of(std::size_t offset) const {
    const auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
    return static_cast<std::size_t>(std::distance(line_starts_.begin(), after));
}

Span TextEdit::reported_lines(Span span) const {
    const std::size_t begin = line_starts_[line_of(span.begin) - 1];
    const std::size_t last = line_of(span.end);
    std::size_t end = last < line_starts_.size() ? line_starts_[last] - 1 : text_.size();
    if (end > span.end && text_[end - 1] == '\r') {
        --end;
    }
    return end - begin <= kReportedLineLimit ? Span{begin, end} : span;
}

void TextEdit::change(ConfigEdit& result, std::string_view entry, Span command, std::vector<Splice> splices) {
    if (splices.empty()) {
        return;
    }
    sort_splices(splices);
    const Span window = reported_lines(command);
    result.changes.push_back({std::string(entry), line_of(command.begin),
                              std::string(text_.substr(window.begin, window.end - window.begin)),
                              apply_splices(text_, window, splices)});
    result.splices.insert(result.splices.end(), splices.begin(), splices.end());
    std::move(splices.begin(), splices.end(), std::back_inserter(splices_));
}

void TextEdit::prepend_lines(ConfigEdit& result, std::string_view lines) {
    std::string head;
    for (const char c : lines) {
        head += c == '\n' ? line_break_of(text_) : std::string_view(&c, 1);
    }
    change(result, "", {0, 0}, {{{0, 0}, head}});
}

void TextEdit::append_line(ConfigEdit& result, std::string_view line) {
    const std::size_t end = text_.size();
    const std::string_view line_break = line_break_of(text_);
    const bool open = end > 0 && text_[end - 1] != '\n';
    std::string tail = (open ? std::string(line_break) : "") + std::string(line) + std::string(line_break);
    change(result, "", {end, end}, {{{end, end}, std::move(tail)}});
}

std::string TextEdit::apply() const {
    std::vector<Splice> splices = splices_;
    sort_splices(splices);
    return apply_splices(text_, {0, text_.size()}, splices);
}

}  // namespace isolde::vmedia
