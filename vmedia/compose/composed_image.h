// SPDX-License-Identifier: GPL-3.0-or-later
//
// A composed image: extents over shared, immutable blobs and a small delta in memory. A pure function of base and plan;
// nothing of it is on a disk.
#pragma once

#include "image/byte_source.h"
#include "vmedia/compose/extent_map.h"

#include <memory>
#include <string>
#include <vector>

namespace isolde::vmedia {

/// Thread-safe: immutable.
class ComposedImage final : public image::ByteSource {
  public:
    /// `blobs[0]` is the base. `etag`: strong, with quotes. `plan_digest`: keyed, hex.
    static base::Result<std::shared_ptr<const ComposedImage>> create(
        std::vector<std::shared_ptr<const image::FileSource>> blobs, base::Bytes delta, ExtentMap extents,
        std::string etag, std::string plan_digest);

    std::uint64_t size() const override { return extents_.size(); }
    base::Result<void> read(std::uint64_t offset, std::span<std::byte> out) const override;

    const ExtentMap& extents() const { return extents_; }
    base::ByteView delta() const { return delta_; }
    const image::FileSource& blob(std::uint32_t index) const { return *blobs_.at(index); }
    const std::string& etag() const { return etag_; }
    const std::string& plan_digest() const { return plan_digest_; }
    /// What it holds in memory: delta and extents.
    base::ByteCount memory() const;

    ComposedImage(std::vector<std::shared_ptr<const image::FileSource>> blobs, base::Bytes delta, ExtentMap extents,
                  std::string etag, std::string plan_digest);

  private:
    std::vector<std::shared_ptr<const image::FileSource>> blobs_;
    base::Bytes delta_;
    ExtentMap extents_;
    std::string etag_;
    std::string plan_digest_;
};

}  // namespace isolde::vmedia
