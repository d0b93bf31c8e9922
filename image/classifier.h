// SPDX-License-Identifier: GPL-3.0-or-later
//
// What an image is, by content alone. Runs at admission, on bytes that nobody vouches for. Magic of a disk format or of
// a container wins over everything behind it; partition tables in the system area never disqualify an ISO.
#pragma once

#include "image/byte_source.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace isolde::image {

enum class ImageKind : std::uint8_t {
    Unknown,
    Iso9660,
    Iso9660Udf,  ///< bridge: two file systems over the same content
    Udf,
    RawDisk,  ///< a partition table or a FAT
    Qcow2,
    Vhd,
    Vhdx,
    Vmdk,
    Luks,
    Gzip,
    Xz,
    Zstd,
    Tar,
};

/// "iso9660", "iso9660+udf", "udf", "raw", "qcow2", "vhd", "vhdx", "vmdk", "luks", "gzip", "xz", "zstd", "tar",
/// "not-an-iso".
std::string_view to_string(ImageKind kind);

struct Classification {
    ImageKind kind = ImageKind::Unknown;
    std::string name;                  ///< to_string(kind)
    std::vector<std::string> reasons;  ///< why, one sentence each, and what is damaged
    // Of ISO images:
    std::string volume_id;
    bool mbr = false;
    bool gpt = false;
    bool apm = false;
    bool isomd5 = false;
    std::vector<std::string> boot_entries;  ///< El Torito: "BIOS", "UEFI", "PowerPC", …

    bool is_iso() const { return kind == ImageKind::Iso9660 || kind == ImageKind::Iso9660Udf; }
};

/// Reads a few KiB. A damaged ISO is still an ISO, with the damage among the reasons. Errors: Internal (the source
/// cannot be read).
base::Result<Classification> classify(const ByteSource& image);

}  // namespace isolde::image
