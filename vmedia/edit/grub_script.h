// SPDX-License-Identifier: GPL-3.0-or-later
//
// GRUB's script language as far as finding commands needs it: words with quotes, escapes and variables, separators,
// blocks, comments and continuations (grub-core/script/yylex.l). Nothing is evaluated.
#pragma once

#include "vmedia/edit/text_edit.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isolde::vmedia {

struct GrubWord {
    Span span;
    std::string text;                    ///< quotes and escapes resolved, variables as they are written
    std::vector<std::string> variables;  ///< "$kargs", "${linux}"
};

/// A `menuentry` or `submenu`.
struct GrubEntry {
    std::string title;
    std::string path;  ///< "Submenu > Title"
    bool submenu = false;
    bool nested = false;                ///< inside another entry
    std::optional<std::size_t> parent;  ///< the submenu, index into GrubScript::entries
    bool conditional = false;           ///< inside if, for, while or a function
    bool literal_title = true;
    std::size_t offset = 0;
};

struct GrubCommand {
    std::vector<GrubWord> words;       ///< never empty; [0] is the command
    std::optional<std::size_t> entry;  ///< innermost, index into GrubScript::entries
    std::string function;              ///< name of the function whose body this is, may be empty
};

struct GrubScript {
    std::vector<GrubCommand> commands;
    std::vector<GrubEntry> entries;
    std::optional<std::size_t> open_quote;  ///< offset of a quote that never ends; nothing after it is read
};

/// Linear in the size of `text`.
GrubScript parse_grub(std::string_view text);

}  // namespace isolde::vmedia
