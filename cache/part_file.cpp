// SPDX-License-Identifier: GPL-3.0-or-later
#include "cache/part_file.h"

#include <fcntl.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>

namespace isolde::cache {
namespace {

constexpr std::uint64_t kChunk = 1U << 20U;

std::optional<base::Hasher> sha512_hasher(bool wanted) {
    return wanted ? std::optional<base::Hasher>(base::DigestAlgorithm::Sha512) : std::nullopt;
}

}  // namespace

PartFile::PartFile(std::string path, base::UniqueFd file, bool with_sha512)
    : path_(std::move(path)),
      file_(std::move(file)),
      sha256_(base::DigestAlgorithm::Sha256),
      sha512_(sha512_hasher(with_sha512)) {}

base::Result<PartFile> PartFile::create(const std::string& path, bool with_sha512) {
    base::UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file) {
        return base::from_errno("cannot create " + path, errno);
    }
    return PartFile(path, std::move(file), with_sha512);
}

base::Result<PartFile> PartFile::reopen(const std::string& path, bool with_sha512, const std::stop_token& stop) {
    base::UniqueFd file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    if (!file) {
        return base::from_errno("cannot open " + path, errno);
    }
    PartFile part(path, std::move(file), with_sha512);
    const base::ByteCount size = TRY(base::size_of(part.file_));
    base::Bytes chunk;
    while (part.size_ < size) {
        if (stop.stop_requested()) {
            return base::cancelled("reading " + path + " was cancelled");
        }
        chunk.resize(std::min(kChunk, (size - part.size_).bytes()));
        TRY(base::read_exactly(part.file_.get(), part.size_.bytes(), chunk).with_context("reading " + path));
        part.digest(chunk);
    }
    return part;
}

void PartFile::digest(base::ByteView bytes) {
    sha256_.update(bytes);
    if (sha512_) {
        sha512_->update(bytes);
    }
    size_ += base::ByteCount(bytes.size());
}

base::Result<void> PartFile::append(base::ByteView bytes) {
    auto written = base::write_exactly(file_.get(), size_.bytes(), bytes);
    if (!written && written.error().kind == base::ErrorKind::Exhausted) {
        const std::string free = base::to_string(base::free_space(path_).value_or({}));
        return base::exhausted("the disk is full: " + path_ + " has " + base::to_string(size_) + ", no " +
                               base::to_string(base::ByteCount(bytes.size())) + " more fit, " + free +
                               " free: make room there");
    }
    TRY(std::move(written).with_context("writing " + path_));
    digest(bytes);
    return {};
}

base::Result<void> PartFile::restart() {
    if (::ftruncate(file_.get(), 0) != 0) {
        return base::from_errno("cannot empty " + path_, errno);
    }
    size_ = {};
    sha256_ = base::Hasher(base::DigestAlgorithm::Sha256);
    sha512_ = sha512_hasher(sha512_.has_value());
    return {};
}

base::Result<void> PartFile::sync() {
    if (::fdatasync(file_.get()) != 0) {
        return base::from_errno("cannot sync " + path_, errno);
    }
    return {};
}

PartFile::Digests PartFile::finish() {
    Digests digests{.sha256 = sha256_.finish(), .sha512 = std::nullopt};
    if (sha512_) {
        digests.sha512 = sha512_->finish();
    }
    return digests;
}

}  // namespace isolde::cache
