// SPDX-License-Identifier: GPL-3.0-or-later
//
// A composed image's bytes as references: sorted, gapless extents, each a run of a blob (0 is the base), of the delta
// (bytes in memory) or of zeros. An extent may show base bytes at another offset; that is how a file grows uncopied.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <vector>

namespace isolde::vmedia {

enum class ExtentKind : std::uint8_t { Blob, Delta, Zero };

struct Extent {
    std::uint64_t offset = 0;  ///< in the composed image, bytes
    std::uint64_t length = 0;  ///< > 0
    ExtentKind kind = ExtentKind::Zero;
    std::uint32_t blob = 0;           ///< index, for Blob
    std::uint64_t source_offset = 0;  ///< in the blob or the delta

    bool operator==(const Extent&) const = default;
};

/// Immutable after building. Thread-safe.
class ExtentMap {
  public:
    ExtentMap() = default;
    /// Merges neighbours that continue each other. Errors: Internal when the extents leave a gap, overlap or are empty.
    static base::Result<ExtentMap> from(std::vector<Extent> extents);

    std::uint64_t size() const { return extents_.empty() ? 0 : extents_.back().offset + extents_.back().length; }
    const std::vector<Extent>& extents() const { return extents_; }
    /// The extent that holds `offset` (< size()).
    const Extent& at(std::uint64_t offset) const;

  private:
    std::vector<Extent> extents_;
};

}  // namespace isolde::vmedia
