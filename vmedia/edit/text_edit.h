// SPDX-License-Identifier: GPL-3.0-or-later
//
// Splices into a text that is otherwise kept byte for byte, and the rule by which arguments are placed among words.
// Used by the editors of boot configurations only.
#pragma once

#include "vmedia/edit/boot_config.h"

#include <string>
#include <string_view>
#include <vector>

namespace isolde::vmedia {

/// A word of the kernel's command line where it stands in the file; `text` as the kernel would get it.
struct PlacedWord {
    Span span;
    std::string text;
};

/// A line without its end (LF or CR LF), and its end.
struct TextLine {
    Span content;
    std::size_t next = 0;  ///< where the following line begins
};

std::vector<TextLine> split_lines(std::string_view text);

/// "\r\n" when the first line of `text` ends so, else "\n".
std::string_view line_break_of(std::string_view text);

/// Words of `text` between the offsets of `span`, split as the kernel does.
std::vector<PlacedWord> place_words(std::string_view text, Span span);

/// Words that stand one behind another, parted by blanks only. `anchor`: where the text before the first one ends.
struct WordRun {
    std::size_t anchor = 0;
    std::vector<PlacedWord> words;
};

/// An edit with its new words as the loader wants them written.
struct WordEdit {
    ArgumentEdit arguments;
    std::vector<std::string> append;        ///< parallel to arguments.append
    std::vector<std::string> replacements;  ///< parallel to arguments.replace

    /// What is wanted of an entry: all of it, or for one that is not meant `always_remove` only.
    WordEdit for_entry(const EntryName& entry) const;
    /// Every new word, for a command line that has none.
    std::string all_words() const;
};

/// For each run of one command line its splices: words by `remove` are taken away, each with the blanks before it;
/// words by `replace` are replaced; what is new goes into the last run, before a lone `---` or `--` and before a word
/// with an open quote, else after the last word.
std::vector<std::vector<Splice>> edit_words(const std::vector<WordRun>& runs, const WordEdit& edit);

/// Bytes of a command line of `runs` after the edit, a blank before each word. Errors: InvalidArgument when `edit`
/// takes it, with `before` bytes that the loader puts before it, beyond what a kernel takes.
base::Result<std::size_t> check_length(const std::vector<WordRun>& runs, const WordEdit& edit, std::size_t before);

/// What GRUB and isolinux put before the words: BOOT_IMAGE=/vmlinuz.
std::size_t boot_image_length(std::string_view kernel);

/// Collects the splices of one file and reports them by entry.
class TextEdit {
  public:
    explicit TextEdit(std::string_view text);

    /// 1-based line of an offset.
    std::size_t line_of(std::size_t offset) const;
    /// Notes `splices`, all within the lines of `command`, as one change of `entry`. Without splices: nothing.
    void change(ConfigEdit& result, std::string_view entry, Span command, std::vector<Splice> splices);
    /// Puts `lines` (each ending in "\n") before the whole text, with the text's own line breaks, as one change.
    void prepend_lines(ConfigEdit& result, std::string_view lines);
    /// Puts `line` behind the whole text, on a line of its own, as one change.
    void append_line(ConfigEdit& result, std::string_view line);
    /// The text with every splice noted so far.
    std::string apply() const;

  private:
    Span reported_lines(Span span) const;

    std::string_view text_;
    std::vector<std::size_t> line_starts_;
    std::vector<Splice> splices_;
};

}  // namespace isolde::vmedia
