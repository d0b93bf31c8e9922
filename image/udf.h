// SPDX-License-Identifier: GPL-3.0-or-later
//
// UDF by its volume recognition sequence (ECMA-167 2/8): whether an image has a UDF file system, alone or beside ISO
// 9660.
#pragma once

#include "image/byte_source.h"

#include <cstdint>

namespace isolde::image {

enum class UdfRevision : std::uint8_t {
    None,
    Nsr02,  ///< UDF 1.x, of bridge discs
    Nsr03,  ///< UDF 2.x, of Windows installers
};

struct UdfDetection {
    UdfRevision revision = UdfRevision::None;
    bool bridge = false;  ///< "CD001" stands in the same sequence

    bool present() const { return revision != UdfRevision::None; }
};

/// Looks at 64 descriptors from byte 32768 at most. Never fails: what cannot be read is not there.
UdfDetection detect_udf(const ByteSource& image);

}  // namespace isolde::image
