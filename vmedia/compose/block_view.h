// SPDX-License-Identifier: GPL-3.0-or-later
//
// A base image that can be written to, without copying it: blocks of 2048 bytes are copied when they are first written,
// and a tail grows behind the base's last block. A tail run is new bytes, zeros, base blocks shown a second time, or
// another file shown whole.
#pragma once

#include "image/byte_source.h"
#include "vmedia/compose/extent_map.h"

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

namespace isolde::vmedia {

inline constexpr std::uint64_t kBlockSize = 2048;

constexpr std::uint64_t blocks_of(std::uint64_t bytes) {
    return (bytes + kBlockSize - 1) / kBlockSize;
}

/// Not thread-safe while it is written.
class BlockView final : public image::ByteSource {
  public:
    explicit BlockView(std::shared_ptr<const image::ByteSource> base);

    /// The base's size while nothing is behind it, else a multiple of the block size.
    std::uint64_t size() const override;
    base::Result<void> read(std::uint64_t offset, std::span<std::byte> out) const override;
    /// Errors: Corrupt when the range is not inside the view; those of reading the base.
    base::Result<void> write(std::uint64_t offset, base::ByteView bytes);

    /// First block of `bytes` put behind the tail, padded with zeros to a whole block. Empty bytes take no block.
    std::uint64_t append(base::ByteView bytes);
    /// First of `count` blocks of zeros behind the tail.
    std::uint64_t append_zeros(std::uint64_t count);
    /// First block of all of `file`, shown behind the tail, with zeros up to a whole block. Not empty.
    std::uint64_t append_blob(std::shared_ptr<const image::FileSource> file);
    /// First of `count` tail blocks that show what blocks `first`… show now, written or not.
    /// Errors: Corrupt when these are not inside the view.
    base::Result<std::uint64_t> append_alias(std::uint64_t first, std::uint64_t count);
    /// Written tail blocks among the `count` from `first` become zeros: nobody reads them any more.
    void clear_written(std::uint64_t first, std::uint64_t count);
    /// The block that the next append gives.
    std::uint64_t end_block() const { return end_; }

    const image::ByteSource& base() const { return *base_; }
    /// Base blocks that were written, ascending.
    std::vector<std::uint64_t> written_base_blocks() const;

    struct Parts {
        base::Bytes delta;
        ExtentMap extents;
        std::vector<std::shared_ptr<const image::FileSource>> blobs;  ///< 1 and up
    };
    /// The view as references: blob 0 is the base. The view is spent.
    base::Result<Parts> finish() &&;

  private:
    struct Place {  ///< where a block's bytes are
        ExtentKind kind = ExtentKind::Zero;
        std::uint64_t source_offset = 0;  ///< in the blob or the delta
        std::uint32_t blob = 0;
    };
    struct Run {  ///< tail blocks
        std::uint64_t first = 0;
        std::uint64_t count = 0;
        Place place;
    };

    Place place_of(std::uint64_t block) const;
    void add_run(std::uint64_t count, Place place);
    std::uint64_t usable(const Place& place) const;
    std::uint64_t base_bytes(std::uint64_t offset, std::uint64_t end) const;
    base::Result<void> read_block(std::uint64_t block, std::span<std::byte, kBlockSize> out) const;
    const image::ByteSource& source_of(const Place& place) const;
    const Run* run_of(std::uint64_t block) const;
    /// How many blocks from `first`, before `end`, can be shown again without a copy: whole blocks of one blob, and
    /// zeros, that nobody wrote.
    std::uint64_t shared_blocks(std::uint64_t first, std::uint64_t end) const;
    void add_extent(std::vector<Extent>& extents, std::uint64_t length, Place place) const;
    void add_extents(std::vector<Extent>& extents, const Run& run) const;
    /// The block's bytes in the delta, copied there when they are not.
    base::Result<std::span<std::byte>> writable(std::uint64_t block);

    std::shared_ptr<const image::ByteSource> base_;
    std::uint64_t base_blocks_;
    std::uint64_t end_;
    base::Bytes delta_;
    std::map<std::uint64_t, std::uint64_t> written_;  ///< block → offset in the delta
    std::vector<Run> tail_;
    std::vector<std::shared_ptr<const image::FileSource>> blobs_;  ///< 1 and up
};

}  // namespace isolde::vmedia
