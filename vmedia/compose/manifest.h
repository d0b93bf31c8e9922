// SPDX-License-Identifier: GPL-3.0-or-later
//
// The manifest of a composed image: every changed range with the file it belongs to, how it was changed and its
// digests, and the base's bytes where these were changed, so that the base can be restored. It stands in a trailer near
// the image's end, without a directory entry: JSON, then one block with a magic, the JSON's place and its SHA-256.
#pragma once

#include "vmedia/compose/composer.h"
#include "vmedia/compose/image_edit.h"

#include <cstdint>
#include <string>

namespace isolde::vmedia {

struct ManifestHead {
    BaseIdentity base;
    std::string plan_digest;
};

/// Digests of secret content are HMACs under `key`; without a key there is none. Errors: those of reading.
base::Result<base::Json> make_manifest(const ImageEdit& edit, const ManifestHead& head, base::ByteView key);

/// Blocks that suffice for the manifest of `edit` once the image's end is final. Errors: those of reading.
base::Result<std::uint64_t> manifest_blocks(const ImageEdit& edit);

/// Writes the trailer into the `count` blocks from `first`. Errors: Internal when it does not fit.
base::Result<void> write_trailer(BlockView& view, std::uint64_t first, std::uint64_t count, const base::Json& manifest);

}  // namespace isolde::vmedia
