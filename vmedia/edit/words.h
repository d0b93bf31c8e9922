// SPDX-License-Identifier: GPL-3.0-or-later
//
// Words of a Linux kernel command line. The kernel splits at blanks outside double quotes and knows no escape
// character (lib/cmdline.c, next_arg). A word is kept as /proc/cmdline shows it: `console=ttyS0`, `dyndbg="file a.c
// +p"`. Pure functions, safe from any thread.
#pragma once

#include "base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace isolde::vmedia {

/// The length from which x86 kernels cut their command line, terminator included (COMMAND_LINE_SIZE).
inline constexpr std::size_t kKernelCommandLineSize = 2048;

/// The words of `line`. An open quote reaches to the end. Words keep their quotes.
std::vector<std::string> split_command_line(std::string_view line);

/// The words with one blank between them.
std::string join_command_line(const std::vector<std::string>& words);

/// "console" of "console=tty0"; the whole of a word without '='. Quotes that open the word are not part of its key.
std::string_view key_of(std::string_view word);

/// True when `pattern` is the whole `word`, or is the key of it.
bool matches_word(std::string_view word, std::string_view pattern);

/// `word` such that the kernel takes it as one: `k=a b` becomes `k="a b"`; everything else stays as it is.
std::string canonical_word(std::string_view word);

/// Errors: InvalidArgument for an empty word, a control character (it could start a line of its own in a
/// configuration), an open quote, or more than a kernel's command line.
base::Result<void> check_word(std::string_view word);

}  // namespace isolde::vmedia
