// SPDX-License-Identifier: GPL-3.0-or-later
//
// Bytes of new directory records (ECMA-119 9.1) with their Rock Ridge fields (RRIP 1.09 or 1.12, as the tree has), and
// a directory as the list of its raw records, to put one in and lay them out in blocks again.
#pragma once

#include "image/iso9660.h"
#include "vmedia/compose/image_edit.h"

#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace isolde::vmedia {

using RecordDate = std::array<std::byte, 7>;  ///< ECMA-119 9.1.5

struct NewRecord {
    std::string identifier;   ///< as recorded
    std::string name;         ///< for NM; empty for "." and ".."
    std::uint32_t block = 0;  ///< tree-relative
    std::uint32_t size = 0;
    bool directory = false;
    std::uint32_t mode = 0;  ///< st_mode
    std::uint32_t links = 1;
    std::uint32_t serial = 0;  ///< of RRIP 1.12
    RecordDate date{};
    std::string link_target;  ///< of a symbolic link, for SL
};

/// Gives room in tail blocks to system use fields that do not fit into their record (SUSP CE). Not thread-safe.
class ContinuationArea {
  public:
    explicit ContinuationArea(ImageEdit& edit) : edit_(&edit) {}
    /// One that stores nothing: to learn how long records will be.
    static ContinuationArea measuring() { return ContinuationArea(); }

    struct Place {
        std::uint64_t block = 0;  ///< from the start of the image
        std::uint32_t offset = 0;
    };
    /// Programs that read an image as a stream want the area behind the directory: `directory` is its first block.
    base::Result<Place> store(base::ByteView fields, std::uint64_t directory);
    /// How often it was needed.
    std::size_t uses() const { return uses_; }

  private:
    ContinuationArea() = default;
    ImageEdit* edit_ = nullptr;
    std::uint64_t block_ = 0;
    std::uint64_t used_ = kBlockSize;
    std::size_t uses_ = 0;
};

/// The record's bytes. Programs that read an image as a stream do not follow CE, so where it helps the times (TF) are
/// left out: the record has the date too. For the directory at block `directory` of the image; fields that do not fit
/// go to `continuation`. Errors: InvalidArgument when even so it is longer than 254 bytes.
base::Result<base::Bytes> encode_record(const image::IsoTree& tree, const NewRecord& record,
                                        ContinuationArea& continuation, std::uint64_t directory);

/// The raw records of a directory, in order.
class RawDirectory {
  public:
    /// Errors: Corrupt.
    static base::Result<RawDirectory> parse(base::ByteView extent);
    static RawDirectory of(std::vector<base::Bytes> records) { return RawDirectory(std::move(records)); }

    /// Puts each of `added` where its identifier belongs, behind "." and "..". Records of one identifier (a file in
    /// several sections) are never parted, also where the directory is not in order.
    void insert(image::TreeKind kind, std::vector<base::Bytes> added);
    /// Takes away all records of these identifiers.
    void erase(const std::set<std::string>& identifiers);
    /// True when an entry has fields that lead elsewhere: SUSP CE, or CL of Rock Ridge; "." and ".." left out.
    bool leads_elsewhere(const image::RockRidge& habit) const;
    /// Whole blocks, no record crossing one.
    base::Bytes pack() const;

  private:
    explicit RawDirectory(std::vector<base::Bytes> records) : records_(std::move(records)) {}
    std::vector<base::Bytes> records_;
};

}  // namespace isolde::vmedia
