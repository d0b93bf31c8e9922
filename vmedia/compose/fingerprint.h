// SPDX-License-Identifier: GPL-3.0-or-later
//
// What identifies a base image: its whole content, or, where nobody has that digest and reading gigabytes is too slow,
// a sample of it.
#pragma once

#include "base/digest.h"
#include "image/byte_source.h"

namespace isolde::vmedia {

/// SHA-256 of the size, the first 64 KiB, 32 blocks in between and the last 32 KiB. About 1 ms. Equal images have equal
/// fingerprints; different ISO images of one vendor differ in their descriptors. No protection against someone who
/// makes two images on purpose: the image store uses content digests.
base::Result<base::Digest> fingerprint(const image::ByteSource& image);

/// SHA-256 of the whole image: 5 ms per MiB.
base::Result<base::Digest> content_digest(const image::ByteSource& image);

}  // namespace isolde::vmedia
