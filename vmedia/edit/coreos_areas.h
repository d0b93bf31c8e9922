// SPDX-License-Identifier: GPL-3.0-or-later
//
// The places that CoreOS live images keep free for whoever customises them (coreos-installer, "iso kargs" and "iso
// ignition"). /coreos/kargs.json lists one area of a fixed size in each loader configuration: kernel arguments, a line
// break, and padding that the loader takes for a comment. /coreos/igninfo.json names the file that an Ignition
// configuration goes into. Pure functions.
#pragma once

#include "vmedia/edit/boot_config.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isolde::vmedia {

/// Where kernel arguments stand in one configuration.
struct ArgumentArea {
    std::string path;          ///< of the configuration, absolute
    std::uint64_t offset = 0;  ///< in the file, bytes
    std::uint64_t size = 0;    ///< bytes; the arguments and `end` must fit
    char pad = '#';
    char end = '\n';

    /// The longest text of arguments that fits.
    std::uint64_t capacity() const { return size - 1; }
};

/// What kargs.json says.
struct ArgumentAreas {
    std::string defaults;  ///< what `coreos-installer iso kargs reset` puts back; no edit changes it
    std::vector<ArgumentArea> areas;
};

/// What igninfo.json says. Without `length` the whole file from `offset` is the area.
struct IgnitionPlace {
    std::string path;  ///< absolute
    std::uint64_t offset = 0;
    std::optional<std::uint64_t> length;
};

/// Errors: Corrupt naming the field: an area larger than 2048 bytes, defaults longer than an area, more than 64 files.
base::Result<ArgumentAreas> parse_kargs_json(std::string_view text);
/// Errors: Corrupt naming the field.
base::Result<IgnitionPlace> parse_igninfo_json(std::string_view text);

/// The arguments in the area of a configuration's `text`, without end, padding and outer blanks. Errors: Corrupt when
/// the area is not inside the text or holds several lines.
base::Result<std::string> read_area(std::string_view text, const ArgumentArea& area);

/// A configuration whose area holds what an edit made of it, in its old size.
struct FilledArea {
    std::string text;
    std::uint64_t offset = 0;  ///< of the area in `text`; another one when something before it changed
    std::string arguments;
    bool alone = false;  ///< nothing but the area changed: `text` is as long as before
};

/// `text` with `splices` (ConfigEdit::splices) done: those in the area, and in the blanks before it, take padding away
/// or give it back. Errors: Exhausted when the arguments no longer fit, naming area and capacity; Corrupt as read_area,
/// or when a splice crosses the area's border.
base::Result<FilledArea> fill_area(std::string_view text, std::vector<Splice> splices, const ArgumentArea& area);

/// kargs.json with new offsets by path. Errors: Corrupt.
base::Result<std::string> move_areas(std::string_view kargs_json, const std::map<std::string, std::uint64_t>& offsets);

}  // namespace isolde::vmedia
