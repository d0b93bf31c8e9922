// SPDX-License-Identifier: GPL-3.0-or-later
//
// The tag that implantisomd5 puts into the application area of the primary volume descriptor, and that `rd.live.check`
// and `mediacheck` verify. Any edit of the image makes it wrong. SUSE's tagmedia uses the same place in its own way.
#pragma once

#include "image/iso9660.h"

#include <cstdint>
#include <optional>
#include <string>

namespace isolde::image {

struct IsoMd5 {
    std::uint64_t offset = 0;  ///< of the application area that holds it, 512 bytes, in the image
    std::string md5;           ///< 32 hex digits
    std::uint32_t skip_sectors = 0;
};

/// Nothing when the image has no tag. Errors: Internal (the source cannot be read).
base::Result<std::optional<IsoMd5>> read_isomd5(const ByteSource& image, const IsoVolume& volume);

/// The 512 bytes that implantisomd5 would write for `image`, whose application area holds blanks, with sums of 20
/// fragments. `volume_size`: as the primary descriptor states it, bytes. Reads all of the volume: about 2 s for a GiB.
/// Errors: Corrupt (a volume of less than 1 MiB, or larger than the image), Internal.
base::Result<base::Bytes> make_isomd5(const ByteSource& image, std::uint64_t volume_size);

/// Offset of the application area, 512 bytes, when it holds a tag of tagmedia ("sha256sum=…"). Errors: Internal.
base::Result<std::optional<std::uint64_t>> find_tagmedia(const ByteSource& image, const IsoVolume& volume);

}  // namespace isolde::image
