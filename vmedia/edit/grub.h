// SPDX-License-Identifier: GPL-3.0-or-later
//
// Editor of GRUB 2 configurations (GRUB manual, "Shell-like scripting"). Finds every command that loads a Linux kernel,
// through continuations, quotes, several commands on a line and commands named by variables, and edits its words.
#pragma once

#include "vmedia/edit/boot_config.h"

namespace isolde::vmedia {

/// Appends before a `---` or `--` that stands alone (debian-installer and ubiquity copy what follows it to the
/// installed system), else after the last word: the kernel takes the last of two. Removal works on words that are
/// written out; a variable that may hide one is named in a warning, one that the file itself gives such a word is
/// refused. memtest and wrapper functions are left alone.
///
/// Unattended, for a top-level file with menu entries: a `timeout` below zero becomes 5 s, a missing one is set at the
/// start of the file, where everything else still overrides it; a literal `default` (or its absence) that selects an
/// entry without a kernel is set to the first one with a kernel.
///
/// A default entry that is wanted by name becomes the last line of the file that has it: whatever the file sets before,
/// or takes from other files, is overridden. It is named by its number, or by titles where numbers are uncertain or
/// not understood by every GRUB: behind conditions, in submenus, in menus that several files make.
///
/// Errors: InvalidArgument (check_edit; a word with `'`, `\` or a `"` that GRUB 2.06 cannot pass, naming the
/// character; a command line that the kernel would cut); Unsupported (a word to take away that a variable holds);
/// Exhausted (file above the limit).
base::Result<ConfigEdit> edit_grub(std::string_view file, std::string_view text, const BootEdit& edit);

/// `word` as it must be written in grub.cfg for the kernel to get it. Blanks: `k="a b"` is written 'k=a b', which GRUB
/// hands on as "k=a b"; the kernel reads both alike. Errors: InvalidArgument as above.
base::Result<std::string> quote_for_grub(std::string_view word);

}  // namespace isolde::vmedia
