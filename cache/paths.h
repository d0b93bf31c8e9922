// SPDX-License-Identifier: GPL-3.0-or-later
//
// Names of files in the cache directory. docs/cache.md describes them.
#pragma once

#include "base/files.h"

#include <string>

namespace isolde::cache {

struct CachePaths {
    std::string directory;

    std::string blobs() const { return base::join_path(directory, "blobs"); }
    std::string blob(const std::string& hex) const { return base::join_path(blobs(), hex); }
    std::string downloads() const { return base::join_path(directory, "downloads"); }
    std::string part(const std::string& name) const { return base::join_path(downloads(), name); }
    std::string index() const { return base::join_path(directory, "index.sqlite"); }
    std::string lock() const { return base::join_path(directory, "lock"); }
};

}  // namespace isolde::cache
