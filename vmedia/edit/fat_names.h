// SPDX-License-Identifier: GPL-3.0-or-later
//
// File names of FAT: 8.3 names, long-name entries and their checksum (Microsoft's FAT specification 1.03, "Long
// Directory Entries"). Pure functions.
#pragma once

#include "base/encoding.h"
#include "base/result.h"

#include <array>
#include <set>
#include <string>
#include <string_view>

namespace isolde::vmedia {

inline constexpr std::size_t kFatEntrySize = 32;

/// "GRUB    CFG": blank-padded, as it stands in a directory entry.
using ShortName = std::array<char, 11>;

/// What a directory entry says beside its name.
struct FatEntryFields {
    std::uint8_t attributes = 0;
    std::uint32_t first_cluster = 0;
    std::uint32_t size = 0;
};

/// A name that FAT can hold: 1 to 255 UTF-16 units, none of `"*:<>?\|/` and control characters, no blank or dot at its
/// end. Errors: InvalidArgument naming it.
base::Result<void> check_fat_name(std::string_view name);

/// An 8.3 name for `name` that is not in `taken` (as "GRUB~1.CFG", upper case). Errors: Exhausted.
base::Result<ShortName> choose_short_name(std::string_view name, const std::set<std::string>& taken);

/// True when `name` is its own 8.3 name and needs no long one.
bool is_short_name(std::string_view name);

/// The directory entries of one file: long-name entries in the order of the medium, then the short one. Dates are
/// 1980-01-01, FAT's first. A multiple of kFatEntrySize.
base::Bytes make_fat_entries(std::string_view name, const ShortName& short_name, const FatEntryFields& fields);

/// One short entry, as "." and ".." are.
base::Bytes make_short_entry(const ShortName& short_name, const FatEntryFields& fields);

}  // namespace isolde::vmedia
