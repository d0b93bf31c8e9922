// SPDX-License-Identifier: GPL-3.0-or-later
//
// Lists of checksums that media carry of their own files: md5sum.txt and its like (coreutils, "md5sum output modes"),
// and the section [checksums] of .treeinfo (productmd). Pure.
#pragma once

#include "base/checksum.h"
#include "vmedia/edit/boot_config.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isolde::vmedia {

/// One file's checksum, where it stands.
struct ListedChecksum {
    std::string path;  ///< absolute
    base::ChecksumAlgorithm algorithm = base::ChecksumAlgorithm::Md5;
    Span line;    ///< with its line break
    Span digits;  ///< hexadecimal
};

/// Of md5sum.txt: digits, a blank, a blank or '*', a path. The algorithm is told by the count of digits. Other lines
/// are left out.
std::vector<ListedChecksum> read_checksum_list(std::string_view text);
/// Of .treeinfo: "path = sha256:digits" in [checksums].
std::vector<ListedChecksum> read_treeinfo_checksums(std::string_view text);

/// What becomes of a line: other digits, or, with none, it is taken out.
struct ChecksumChange {
    const ListedChecksum* line = nullptr;
    std::string digits;
};
/// `text` with `changes`, in the order of their lines. All else stays byte for byte.
std::string change_checksums(std::string_view text, const std::vector<ChecksumChange>& changes);

}  // namespace isolde::vmedia
