// SPDX-License-Identifier: GPL-3.0-or-later
//
// The tag that implantisomd5 puts into the application area of the primary volume descriptor, and that `rd.live.check`
// and `mediacheck` verify. Any edit of the image makes it wrong.
#pragma once

#include "image/iso9660.h"

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

}  // namespace isolde::image
