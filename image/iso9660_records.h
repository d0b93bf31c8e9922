// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the readers of volumes and of directories share; private to this folder.
#pragma once

#include "image/iso9660.h"

namespace isolde::image {

/// The fixed part of a record; `bytes` are 34 at least.
DirectoryRecord parse_record(base::ByteView bytes, std::uint64_t offset);

/// System use fields of the root's "." record, where SUSP announces itself. Errors: as read_directory.
base::Result<SystemUse> read_root_system_use(const ByteSource& image, const IsoTree& tree);

/// A directory, its continuation areas charged to `budget`.
base::Result<IsoDirectory> read_directory_within(const ByteSource& image, const IsoTree& tree,
                                                 DirectoryLocation location, const IsoLimits& limits,
                                                 ContinuationBudget& budget);

}  // namespace isolde::image
