// SPDX-License-Identifier: GPL-3.0-or-later
//
// Digests of files that seldom change, such as those of packages: a file is read again only when it is another file, or
// was written to.
#pragma once

#include "base/digest.h"
#include "base/mutex.h"
#include "base/result.h"

#include <cstdint>
#include <map>
#include <string>

namespace isolde::base {

/// Thread-safe: who asks for a file that is being read waits for it.
class FileDigests {
  public:
    /// SHA-256 of the content. Told apart are device, inode, size, and the times of content and inode. Errors:
    /// NotFound, Internal.
    Result<Digest> of(const std::string& path);

  private:
    struct Identity {
        std::uint64_t device = 0;
        std::uint64_t inode = 0;
        std::uint64_t size = 0;
        std::int64_t written_at = 0;  ///< nanoseconds
        std::int64_t changed_at = 0;  ///< of the inode
        bool operator==(const Identity&) const = default;
    };
    struct Known {
        Identity identity;
        Digest digest;
    };
    static Result<Identity> identity_of(int file, const std::string& path);

    Mutex mutex_;
    std::map<std::string, Known> known_ ISOLDE_GUARDED_BY(mutex_);  ///< by path
};

}  // namespace isolde::base
