// SPDX-License-Identifier: GPL-3.0-or-later
//
// A source for those who read many small things that lie near each other, as directories and tables do: it reads whole
// parts and keeps a few of them.
#pragma once

#include "image/byte_source.h"

#include <array>
#include <memory>

namespace isolde::image {

/// Not thread-safe. Keeps 512 KiB at most. Reads of a part and more go to the source as they are. The source must not
/// change.
class CachedSource final : public ByteSource {
  public:
    explicit CachedSource(std::shared_ptr<const ByteSource> source) : source_(std::move(source)) {}

    std::uint64_t size() const override { return source_->size(); }
    base::Result<void> read(std::uint64_t offset, std::span<std::byte> out) const override;

  private:
    static constexpr std::uint64_t kPartSize = 16U << 10U;
    static constexpr std::size_t kParts = 32;
    struct Part {
        std::uint64_t number = UINT64_MAX;
        std::uint64_t used = 0;  ///< when, by the count of reads
        base::Bytes bytes;
    };

    base::Result<base::ByteView> part(std::uint64_t number) const;

    std::shared_ptr<const ByteSource> source_;
    mutable std::array<Part, kParts> parts_;
    mutable std::uint64_t reads_ = 0;
};

}  // namespace isolde::image
