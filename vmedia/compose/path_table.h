// SPDX-License-Identifier: GPL-3.0-or-later
//
// Path tables (ECMA-119 9.4) after directories were added or moved. Pure functions.
#pragma once

#include "image/iso9660.h"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace isolde::vmedia {

struct NewDirectory {
    std::uint32_t parent_block = 0;  ///< tree-relative, where the parent was when this one was made
    std::uint32_t block = 0;
    std::string identifier;  ///< as recorded
};

/// Old block → new block of a directory that moved; chains are followed. Directories move behind the tail, so to later
/// blocks: what leads elsewhere is not followed.
using MovedDirectories = std::map<std::uint32_t, std::uint32_t>;
std::uint32_t final_place(const MovedDirectories& moved, std::uint32_t block);

/// What happened to the directories of a tree. Removals come before all else; what is below a removed directory goes
/// with it.
struct DirectoryChanges {
    std::set<std::uint32_t> removed;  ///< blocks
    std::vector<NewDirectory> added;
    MovedDirectories moved;

    bool empty() const { return removed.empty() && added.empty() && moved.empty(); }
};

/// `records` without what was removed, with every move made and every new directory in its place by level, parent and
/// identifier, parents renumbered. Errors: Exhausted above 65,535 directories; Corrupt when a parent is not in the
/// table.
base::Result<std::vector<image::PathTableRecord>> update_path_table(std::vector<image::PathTableRecord> records,
                                                                    image::TreeKind kind,
                                                                    const DirectoryChanges& changes);

/// The records below each one, by their index. Errors: Corrupt (a parent that is not in the table).
using PathTableChildren = std::vector<std::vector<std::size_t>>;
base::Result<PathTableChildren> children_of(const std::vector<image::PathTableRecord>& records);
/// `top` and the indexes of all records below it, a parent before its children.
std::vector<std::size_t> subtree_of(const PathTableChildren& children, std::size_t top);

base::Bytes encode_path_table(const std::vector<image::PathTableRecord>& records, image::PathTableOrder order);

}  // namespace isolde::vmedia
