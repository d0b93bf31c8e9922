// SPDX-License-Identifier: GPL-3.0-or-later
//
// Path tables (ECMA-119 9.4) after directories were added or moved. Pure functions.
#pragma once

#include "image/iso9660.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace isolde::vmedia {

struct NewDirectory {
    std::uint32_t parent_block = 0;  ///< tree-relative, where the parent was when this one was made
    std::uint32_t block = 0;
    std::string identifier;  ///< as recorded
};

/// Old block → new block of a directory that moved; chains are followed.
using MovedDirectories = std::map<std::uint32_t, std::uint32_t>;

/// `records` with every move made and every new directory in its place by level, parent and identifier, parents
/// renumbered. Errors: Exhausted above 65,535 directories; Corrupt when a parent is not in the table.
base::Result<std::vector<image::PathTableRecord>> update_path_table(std::vector<image::PathTableRecord> records,
                                                                    image::TreeKind kind,
                                                                    const std::vector<NewDirectory>& added,
                                                                    const MovedDirectories& moved);

base::Bytes encode_path_table(const std::vector<image::PathTableRecord>& records, image::PathTableOrder order);

}  // namespace isolde::vmedia
