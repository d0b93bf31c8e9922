// SPDX-License-Identifier: GPL-3.0-or-later
//
// Bytes of new directory records (ECMA-119 9.1) with their Rock Ridge fields (RRIP 1.09 or 1.12, as the tree has), and
// a directory as the list of its raw records, to put one in and lay them out in blocks again.
#pragma once

#include "image/iso9660.h"
#include "vmedia/compose/image_edit.h"

#include <array>
#include <cstdint>
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
};

/// Gives room in tail blocks to system use fields that do not fit into their record (SUSP CE). Not thread-safe.
class ContinuationArea {
  public:
    explicit ContinuationArea(ImageEdit& edit) : edit_(&edit) {}
    struct Place {
        std::uint64_t block = 0;  ///< from the start of the image
        std::uint32_t offset = 0;
    };
    base::Result<Place> store(base::ByteView fields);

  private:
    ImageEdit* edit_;
    std::uint64_t block_ = 0;
    std::uint64_t used_ = kBlockSize;
};

/// The record's bytes; fields that do not fit go to `continuation`. Errors: InvalidArgument when even so it is longer
/// than 254 bytes.
base::Result<base::Bytes> encode_record(const image::IsoTree& tree, const NewRecord& record,
                                        ContinuationArea& continuation);

/// The raw records of a directory, in order.
class RawDirectory {
  public:
    /// Errors: Corrupt.
    static base::Result<RawDirectory> parse(base::ByteView extent);
    static RawDirectory of(std::vector<base::Bytes> records) { return RawDirectory(std::move(records)); }

    /// Puts `record` where its identifier belongs, behind "." and "..". Records of one identifier (a file in several
    /// sections) are never parted, also where the directory is not in order.
    void insert(image::TreeKind kind, base::Bytes record);
    /// Whole blocks, no record crossing one.
    base::Bytes pack() const;

  private:
    explicit RawDirectory(std::vector<base::Bytes> records) : records_(std::move(records)) {}
    std::vector<base::Bytes> records_;
};

}  // namespace isolde::vmedia
