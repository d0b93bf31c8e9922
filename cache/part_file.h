// SPDX-License-Identifier: GPL-3.0-or-later
//
// The file that a download grows into, digested while it is written. Not thread-safe.
#pragma once

#include "base/digest.h"
#include "base/files.h"
#include "base/result.h"

#include <optional>
#include <stop_token>
#include <string>

namespace isolde::cache {

class PartFile {
  public:
    /// A new, empty file; `with_sha512` digests by SHA-512 as well. Errors: Exhausted, Internal.
    static base::Result<PartFile> create(const std::string& path, bool with_sha512);
    /// One that is there, read again from its start: the state of a digest cannot be stored. About 5 s per GiB.
    /// Errors: Cancelled, Internal.
    static base::Result<PartFile> reopen(const std::string& path, bool with_sha512, const std::stop_token& stop);

    base::ByteCount size() const { return size_; }
    /// Errors: Exhausted naming path and numbers when the disk is full, Internal.
    base::Result<void> append(base::ByteView bytes);
    /// Back to nothing.
    base::Result<void> restart();
    /// All bytes are on the disk when it returns.
    base::Result<void> sync();

    struct Digests {
        base::Digest sha256;
        std::optional<base::Digest> sha512;
    };
    /// Once, at the end.
    Digests finish();

  private:
    PartFile(std::string path, base::UniqueFd file, bool with_sha512);
    void digest(base::ByteView bytes);

    std::string path_;
    base::UniqueFd file_;
    base::ByteCount size_;
    base::Hasher sha256_;
    std::optional<base::Hasher> sha512_;
};

}  // namespace isolde::cache
