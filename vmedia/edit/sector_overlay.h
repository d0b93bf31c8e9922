// SPDX-License-Identifier: GPL-3.0-or-later
//
// A ByteSource that can be written: changed sectors are kept in memory, everything else is read from the source below.
#pragma once

#include "image/byte_source.h"

#include <map>
#include <optional>
#include <vector>

namespace isolde::vmedia {

/// Bytes that stand at `offset` instead of the base's.
struct ChangedRange {
    std::uint64_t offset = 0;
    base::Bytes bytes;
};

/// Not thread-safe. `base` must outlive it.
class SectorOverlay final : public image::ByteSource {
  public:
    static constexpr std::uint64_t kSectorSize = 512;

    explicit SectorOverlay(const image::ByteSource& base) : base_(&base) {}

    std::uint64_t size() const override { return base_->size(); }
    base::Result<void> read(std::uint64_t offset, std::span<std::byte> out) const override;
    /// Errors: Corrupt when the bytes would not lie inside the source, and those of reading it.
    base::Result<void> write(std::uint64_t offset, base::ByteView bytes);

    /// The changed sectors, neighbours joined, by offset.
    std::vector<ChangedRange> changes() const;

    /// From here on, undo takes back what is written. Costs nothing by itself.
    void begin() { before_.clear(); }
    void undo();
    /// The changes were written to the base: from now on they are part of it.
    void settle();

  private:
    using Sectors = std::map<std::uint64_t, base::Bytes>;  ///< by number; the last one may be shorter
    base::Result<base::Bytes*> writable_sector(std::uint64_t number);

    const image::ByteSource* base_;
    Sectors sectors_;
    std::map<std::uint64_t, std::optional<base::Bytes>> before_;  ///< sectors written since begin, as they were
};

}  // namespace isolde::vmedia
