// SPDX-License-Identifier: GPL-3.0-or-later
//
// Makes a delta small: a block is copied when one byte of it changes, but of its sectors only those that differ from
// the base, and are not all zeros, must be kept.
#pragma once

#include "vmedia/compose/block_view.h"

namespace isolde::vmedia {

/// The same image with a delta of changed 512-byte sectors only. Errors: those of reading `base`.
base::Result<BlockView::Parts> compact(const BlockView::Parts& parts, const image::ByteSource& base);

}  // namespace isolde::vmedia
