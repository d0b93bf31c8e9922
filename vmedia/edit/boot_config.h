// SPDX-License-Identifier: GPL-3.0-or-later
//
// What every editor of a boot-loader configuration takes and gives. An editor is a pure function from the bytes of one
// file and an edit to new bytes and a report. Bytes outside the spans that it changes stay as they are. An edit that
// asks for nothing makes the editor a reader: the report tells entries, kernels, initrds and further files.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace isolde::vmedia {

/// Configurations longer than this are refused by every editor.
inline constexpr std::size_t kBootConfigLimit = 1U << 20;
/// More entries or files in one configuration are refused,
inline constexpr std::size_t kBootListLimit = 2048;
/// and so are more places in it that name one.
inline constexpr std::size_t kBootMentionLimit = 8192;
/// Titles of entries are cut to this many bytes, with those of the submenus that they are in to twice as many.
inline constexpr std::size_t kEntryTitleLimit = 256;

struct ArgumentEdit {
    std::vector<std::string> append;  ///< words as /proc/cmdline shall show them (words.h)
    std::vector<std::string> remove;  ///< keys or whole words; taken away before anything is appended
    /// KEY=VALUE. The first word of that key becomes this one where it stands, further ones are taken away; an entry
    /// without one gets it appended.
    std::vector<std::string> replace;
    /// Names or globs of the entries that are meant (EntryName); empty: all.
    std::vector<std::string> entries;
    /// As `remove`, whatever `entries` says.
    std::vector<std::string> always_remove;

    bool empty() const { return append.empty() && remove.empty() && replace.empty(); }
};

/// What an entry is called: GRUB "Submenu > Title" and "Title"; isolinux label and menu label without '^';
/// systemd-boot title and file name. The alias may be empty.
struct EntryName {
    std::string name;
    std::string alias;
};

/// True when `pattern` is one of the names, or a glob (`*`, `?`) that matches one.
bool matches_entry(std::string_view pattern, const EntryName& entry);
/// True when `edit` means this entry.
bool selects(const ArgumentEdit& edit, const EntryName& entry);

/// The menu that several files may make together. Each editor reports what its file adds to it; a caller that follows
/// `includes` merges the reports and hands the whole to the edit of each file.
struct BootMenu {
    std::vector<std::string> bootable;  ///< labels of entries that take kernel arguments, in order
    std::vector<std::string> others;    ///< labels of entries that do not
    std::string marked_default;         ///< label of the entry that is marked as the default, may be empty
    bool global_arguments = false;      ///< arguments for all entries without any of their own (isolinux)
    bool prompts = false;               ///< shows a menu or a prompt, which wait for a key (isolinux)
    bool names_default = false;         ///< says what boots without a key, by a label or a kernel (isolinux)

    /// Adds what another file holds, after what is here.
    void merge(const BootMenu& other);
};

/// What is wanted of one file.
struct BootEdit {
    ArgumentEdit arguments;
    /// Boot without a key: a timeout where the loader would wait for ever, a default that takes kernel arguments.
    bool unattended = false;
    /// False for a file that was only found through another one's `includes`: it gets no timeout that it lacks.
    bool top_level = true;
    /// Entries of all files of this menu, its own too or not. May be left empty.
    BootMenu menu;
    /// GRUB: entries of other files stand in the same menu, so that a number says nothing of an entry.
    bool shared_menu = false;
    /// The entry to boot, whatever the file says. GRUB: name or glob; isolinux: label; loader.conf: file name of the
    /// entry. Empty: as the file says.
    std::string default_entry;
};

/// Offsets [begin, end) of a text.
struct Span {
    std::size_t begin = 0;
    std::size_t end = 0;
};

struct Splice {
    Span span;
    std::string replacement;
};

/// One changed place.
struct EntryEdit {
    std::string entry;     ///< title or label, "Submenu > Title"; empty for settings of the whole file
    std::size_t line = 0;  ///< 1-based, of the command
    std::string before;    ///< the line(s) as they stand, without the last line break
    std::string after;
};

/// An entry that boots something which takes no Linux arguments.
struct SkippedEntry {
    std::string entry;
    std::size_t line = 0;
    std::string reason;  ///< "memory test", "chain loader mboot.c32"
};

struct ConfigEdit {
    std::string text;
    std::vector<EntryEdit> changes;
    std::vector<Splice> splices;  ///< of the text that was given, not overlapping, in no order
    std::vector<SkippedEntry> skipped;
    std::size_t entries = 0;       ///< commands that take kernel arguments, whether changed or not
    std::vector<EntryName> names;  ///< of these entries
    BootMenu menu;                 ///< of this file alone
    /// Paths as written, without the loader's device ("($root)/boot/vmlinuz" gives "/boot/vmlinuz"). Relative paths
    /// belong to the loader's working directory. Each once, in order. May hold variables of the loader.
    std::vector<std::string> kernels;
    std::vector<std::string> initrds;
    std::vector<std::string> includes;   ///< further configuration files, same rules
    std::vector<std::string> handovers;  ///< those of `includes` that replace this menu by their own
    std::vector<std::string> inner;      ///< those of `includes` that are read inside a submenu
    std::vector<std::string> warnings;   ///< "file:line: …"
    std::size_t mentions = 0;            ///< places that name an entry or a file

    bool changed() const { return !changes.empty(); }
    /// Counts a place that names `item` and adds it to `list`, one of this edit's, as add_once does.
    void mention(std::vector<std::string>& list, std::string_view item);
};

/// Appends `item` unless it is there or empty. A list takes no more than kBootListLimit items.
void add_once(std::vector<std::string>& list, std::string_view item);

/// True when the file name of a kernel says that it is a memory test, which takes no Linux arguments.
bool is_memory_test(std::string_view path);

/// Errors: InvalidArgument for a word that check_word refuses, Exhausted for a text above kBootConfigLimit; both name
/// `loader` and `file`.
base::Result<void> check_edit(std::string_view loader, std::string_view file, std::string_view text,
                              const ArgumentEdit& edit);

/// `result`, unless it holds more than kBootListLimit entries or files. Errors: Exhausted naming `loader` and `file`.
base::Result<ConfigEdit> finish_edit(std::string_view loader, std::string_view file, ConfigEdit result);

}  // namespace isolde::vmedia
