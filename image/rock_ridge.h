// SPDX-License-Identifier: GPL-3.0-or-later
//
// System use fields of directory records: SUSP 1.12 (SP, CE, ST) and Rock Ridge, RRIP 1.09 and 1.12 (NM, PX, SL, CL,
// PL, RE, RR), and zisofs' ZF.
#pragma once

#include "image/byte_source.h"

#include <cstdint>
#include <optional>
#include <string>

namespace isolde::image {

/// What a tree does with system use fields, read from the "." record of its root.
struct RockRidge {
    bool present = false;
    std::uint8_t skip = 0;       ///< LEN_SKP: bytes before the first field, in every record but the root's "."
    std::uint8_t px_length = 0;  ///< of PX fields here: 36 (RRIP 1.09) or 44 (RRIP 1.12, with a file serial number)
    bool rr_field = false;       ///< records carry the "RR" field of RRIP 1.09
};

/// PX: POSIX attributes.
struct PosixAttributes {
    std::uint32_t mode = 0;  ///< st_mode, with the file type
    std::uint32_t links = 0;
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
};

/// The fields of one record that mean something here. Offsets are bytes in the image and point at a field's first byte;
/// they are 0 when the record has no such field.
struct SystemUse {
    std::optional<std::string> name;  ///< NM, all parts joined; absent for "." and ".."
    std::optional<PosixAttributes> posix;
    std::uint64_t px_offset = 0;
    std::uint8_t px_length = 0;
    std::optional<std::string> symlink;       ///< SL: the target as a path
    std::optional<std::uint32_t> child_link;  ///< CL: block of the relocated directory that belongs here, tree-relative
    std::uint64_t cl_offset = 0;
    std::optional<std::uint32_t> parent_link;  ///< PL: on the ".." of a relocated directory, its true parent
    std::uint64_t pl_offset = 0;
    bool relocated = false;  ///< RE: this record stands in for a directory that belongs elsewhere
    bool zisofs = false;     ///< ZF: the content is stored compressed
    bool rr_field = false;
    bool sharing_protocol = false;  ///< SP: only in the root's "."
    std::uint8_t skip = 0;          ///< LEN_SKP of SP
};

/// Counts the bytes of continuation areas (CE), across all records of one reading, so that a hostile image cannot cost
/// more. Each area costs 128 bytes beside its own.
struct ContinuationBudget {
    std::uint64_t left = 64U << 20U;
};

/// Parses the system use area at byte `offset` of `image`, `area` being its bytes. Continuation areas are blocks
/// relative to `base_block`. A field that is malformed ends its area, as kernels read it. Errors: Corrupt (a
/// continuation outside the image, or more than 64 of them for one record), Exhausted (the budget).
base::Result<SystemUse> read_system_use(const ByteSource& image, std::uint32_t base_block, std::uint64_t offset,
                                        base::ByteView area, ContinuationBudget& budget);

}  // namespace isolde::image
