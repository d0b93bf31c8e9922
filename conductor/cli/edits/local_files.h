// SPDX-License-Identifier: GPL-3.0-or-later
//
// Files of this machine for an image: what --file, --initrd-file, --efi-file, --mkdir and --symlink name.
#pragma once

#include "base/byte_count.h"
#include "base/encoding.h"
#include "base/result.h"

#include <cstdint>
#include <string>
#include <vector>

namespace isolde::cli {

enum class LocalKind { File, Directory, Symlink };

struct LocalFile {
    std::string path;  ///< in the image
    LocalKind kind = LocalKind::File;
    base::Bytes content;
    std::string source;  ///< in place of `content`: where a file is that is above LocalLimits::inlined
    std::uint32_t mode = 0644;
    std::string link_target;
};

struct LocalLimits {
    base::ByteCount largest;  ///< a larger file is refused
    base::ByteCount inlined;  ///< a larger file is not read; below `largest`, else all are read
};

/// Each option is "SRC=/path": the file SRC of this machine, to be put at /path with its permission bits. A directory
/// SRC is taken with all that is in it, sorted by name, its symbolic links as links; at most 4096 entries. Errors:
/// InvalidArgument (the form), NotFound, Unsupported (an entry that is no file, directory or link), Exhausted.
base::Result<std::vector<LocalFile>> read_local_files(const std::vector<std::string>& options,
                                                      const LocalLimits& limits);

/// "/path", mode 0755.
LocalFile new_directory(const std::string& option);

/// "TARGET=/path". Errors: InvalidArgument.
base::Result<LocalFile> new_link(const std::string& option);

}  // namespace isolde::cli
