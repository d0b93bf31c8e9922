// SPDX-License-Identifier: GPL-3.0-or-later
//
// What is done at open, before anyone uses the cache: index and files are made to agree, whatever a kill left behind.
#pragma once

#include "base/log.h"
#include "cache/index.h"
#include "cache/paths.h"

namespace isolde::cache {

/// The index as it is after the repair. A blob file without a row, or of another size than its row says, is removed; so
/// is a row without a file. A part is cut to what is known to be durable and kept; one without a row, or of which
/// nothing is durable, is removed. Errors: Internal, Corrupt.
base::Result<IndexContent> reconcile(const CachePaths& paths, Index& index, base::Log& log);

}  // namespace isolde::cache
