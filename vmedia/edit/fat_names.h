// SPDX-License-Identifier: GPL-3.0-or-later
//
// File names of FAT: 8.3 names, long-name entries and their checksum (Microsoft's FAT specification 1.03, "Long
// Directory Entries"). Pure functions.
#pragma once

#include "base/encoding.h"
#include "base/result.h"

#include <array>
#include <functional>
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

/// True for an 8.3 name that is in the directory already, given as "GRUB~1.CFG" in upper case.
using NameIsTaken = std::function<base::Result<bool>(const std::string& name)>;

/// An 8.3 name for `name` that is not taken. Where many names begin alike, the number in it comes from `name`, so that
/// full directories are not searched from their start. Errors: Exhausted.
base::Result<ShortName> choose_short_name(std::string_view name, const NameIsTaken& taken);

/// "GRUB~1.CFG".
std::string displayed(const ShortName& name);

/// True when `name` is its own 8.3 name and needs no long one.
bool is_short_name(std::string_view name);

/// The directory entries of one file: long-name entries in the order of the medium, then the short one. Dates are
/// 1980-01-01, FAT's first. A multiple of kFatEntrySize.
base::Bytes make_fat_entries(std::string_view name, const ShortName& short_name, const FatEntryFields& fields);

/// One short entry, as "." and ".." are.
base::Bytes make_short_entry(const ShortName& short_name, const FatEntryFields& fields);

}  // namespace isolde::vmedia
