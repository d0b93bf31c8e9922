// SPDX-License-Identifier: GPL-3.0-or-later
//
// A small medium that somebody made, read back: its label and its files.
#pragma once

#include "image/byte_source.h"
#include "vmedia/build/media_content.h"

namespace isolde::vmedia {

/// Reads an ISO 9660 image by its fullest names, or a FAT volume. Errors: Unsupported (neither of them; an entry that
/// is no file or directory), Exhausted (above kMaxMediaBytes of content), Corrupt.
base::Result<MediaContent> read_medium(const image::ByteSource& image);

}  // namespace isolde::vmedia
