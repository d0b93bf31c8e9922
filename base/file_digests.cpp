// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/file_digests.h"

#include "base/files.h"

#include <sys/stat.h>
#include <algorithm>
#include <cerrno>

namespace isolde::base {
namespace {

constexpr std::uint64_t kPieceBytes = 64U << 10U;

Result<Digest> digest_of(int file, std::uint64_t size) {
    Hasher hasher(DigestAlgorithm::Sha256);
    Bytes piece(static_cast<std::size_t>(std::min(size, kPieceBytes)));
    for (std::uint64_t offset = 0; offset < size; offset += piece.size()) {
        piece.resize(static_cast<std::size_t>(std::min(size - offset, kPieceBytes)));
        TRY(read_exactly(file, offset, piece));
        hasher.update(ByteView(piece));
    }
    return hasher.finish();
}

std::int64_t nanoseconds(const timespec& time) {
    constexpr std::int64_t kPerSecond = 1'000'000'000;
    return time.tv_sec * kPerSecond + time.tv_nsec;
}

}  // namespace

Result<FileDigests::Identity> FileDigests::identity_of(int file, const std::string& path) {
    struct stat status {};
    if (::fstat(file, &status) != 0) {
        return from_errno("cannot look at " + path, errno);
    }
    return Identity{status.st_dev, status.st_ino, static_cast<std::uint64_t>(status.st_size),
                    nanoseconds(status.st_mtim), nanoseconds(status.st_ctim)};
}

Result<Digest> FileDigests::of(const std::string& path) {
    Lock lock(mutex_);
    const UniqueFd file = TRY(open_for_reading(path));
    const Identity identity = TRY(identity_of(file.get(), path));
    Known& known = known_[path];
    if (known.digest.empty() || known.identity != identity) {
        known.digest = TRY(digest_of(file.get(), identity.size).with_context(path));
        known.identity = identity;
    }
    return known.digest;
}

}  // namespace isolde::base
