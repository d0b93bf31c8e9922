// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the readers of volumes and of directories share; private to this folder.
#pragma once

#include "image/iso9660.h"

#include <functional>

namespace isolde::image {

/// The fixed part of a record; `bytes` are 34 at least.
DirectoryRecord parse_record(base::ByteView bytes, std::uint64_t offset);

/// System use fields of the root's "." record, where SUSP announces itself. Errors: as read_directory.
base::Result<SystemUse> read_root_system_use(const ByteSource& image, const IsoTree& tree);

/// A directory, its continuation areas charged to `budget`.
base::Result<IsoDirectory> read_directory_within(const ByteSource& image, const IsoTree& tree,
                                                 DirectoryLocation location, const IsoLimits& limits,
                                                 ContinuationBudget& budget);

/// The "." of a directory. Errors: as read_directory.
base::Result<IsoEntry> read_self(const ByteSource& image, const IsoTree& tree, DirectoryLocation location);

/// Errors: Exhausted naming the directory.
base::Result<void> check_directory_size(DirectoryLocation location, const IsoLimits& limits);

/// Called for each entry of a directory, "." and ".." included, with the offset of its first record from the start of
/// the directory; it may be moved from. False ends the reading.
using EntryVisitor = std::function<base::Result<bool>(IsoEntry& entry, std::uint32_t at)>;

/// Entries of a directory from byte `at` of it on, in order; associated files are left out. Gives the end of the last
/// record that was read. Errors: as read_directory.
base::Result<std::uint32_t> visit_entries(const ByteSource& image, const IsoTree& tree, DirectoryLocation location,
                                          std::uint32_t at, ContinuationBudget& budget, const EntryVisitor& visit);

}  // namespace isolde::image
