// SPDX-License-Identifier: GPL-3.0-or-later
//
// What may enter the store: content that is what it was expected to be, and that is an image.
#pragma once

#include "base/digest.h"
#include "base/result.h"
#include "cache/part_file.h"
#include "image/byte_source.h"

#include <functional>
#include <optional>
#include <string>

namespace isolde::cache {

/// The kind of an image, such as "iso9660". Errors: Corrupt "not an ISO image: …", naming what it looks like.
using Classifier = std::function<base::Result<std::string>(const image::ByteSource&)>;

/// The classifier of image/.
Classifier image_classifier();

/// Errors: Corrupt naming both digests. `place` names the source.
base::Result<void> check_digest(const std::optional<base::Digest>& expected, const PartFile::Digests& digests,
                                const std::string& place);

/// The same for content in memory.
base::Result<void> check_content(const std::optional<base::Digest>& expected, base::ByteView content,
                                 const std::string& place);

}  // namespace isolde::cache
