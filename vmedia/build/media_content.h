// SPDX-License-Identifier: GPL-3.0-or-later
//
// What a small medium holds: its label and its files.
#pragma once

#include "base/encoding.h"
#include "base/result.h"

#include <cstdint>
#include <string>
#include <vector>

namespace isolde::vmedia {

/// The most that all files of a medium hold.
constexpr std::uint64_t kMaxMediaBytes = 256ULL << 20U;

/// `path` is absolute, '/'-separated UTF-8, without "." and ".." parts.
struct MediaFile {
    std::string path;
    base::Bytes content;
    std::uint32_t mode = 0644;  ///< permission bits; FAT has none
};

/// Directories are made as the paths need them. The order of the files has no meaning.
struct MediaContent {
    std::string label;  ///< volume identifier, as programs look it up: "config-2"
    std::vector<MediaFile> files;
};

/// The files by path. Errors: InvalidArgument naming the path (its form, a part above 255 bytes, a control character)
/// or the label (empty, above 32 bytes, not printable ASCII); Conflict (a path twice, or below a file); Exhausted above
/// 65,536 files or 256 MiB of content.
base::Result<std::vector<const MediaFile*>> sorted_files(const MediaContent& content);

}  // namespace isolde::vmedia
