// SPDX-License-Identifier: GPL-3.0-or-later
//
// Directory entries of a FAT, with their long names; private to this folder.
#pragma once

#include "image/fat.h"

namespace isolde::image {

/// Takes a directory run by run.
class FatDirectoryParser {
  public:
    /// Only FAT32 has the upper half of first clusters.
    explicit FatDirectoryParser(bool wide_clusters) : wide_clusters_(wide_clusters) {}

    /// `bytes` of the directory, which stand at `offset` of the volume. False once the directory's end was met.
    bool take(base::ByteView bytes, std::uint64_t offset);
    std::vector<FatEntry> entries() && { return std::move(entries_); }

  private:
    void take_long_part(base::ByteView entry);
    void take_short(base::ByteView entry, std::uint64_t offset);
    bool long_name_belongs_to(base::ByteView entry) const;
    void forget_long_name();

    bool wide_clusters_;
    std::vector<FatEntry> entries_;
    base::Bytes long_name_;  ///< UTF-16LE, of the parts met so far
    std::uint32_t parts_ = 0;
    std::uint8_t expected_ = 0;  ///< ordinal of the next part
    std::uint8_t checksum_ = 0;
};

}  // namespace isolde::image
