// SPDX-License-Identifier: GPL-3.0-or-later
//
// Files and directories, with errors as values and paths as text. What must survive a power cut goes through
// `write_durably` or `rename_durably`: data and directory entry are both on the disk when they return.
#pragma once

#include "base/byte_count.h"
#include "base/encoding.h"
#include "base/result.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace isolde::base {

/// Owns a file descriptor.
class UniqueFd {
  public:
    UniqueFd() = default;
    explicit UniqueFd(int fd) : fd_(fd) {}
    UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    UniqueFd& operator=(UniqueFd&& other) noexcept;
    UniqueFd(const UniqueFd&) = delete;
    UniqueFd& operator=(const UniqueFd&) = delete;
    ~UniqueFd();

    int get() const { return fd_; }
    explicit operator bool() const { return fd_ >= 0; }
    int release() { return std::exchange(fd_, -1); }

  private:
    int fd_ = -1;
};

/// Errors: NotFound, Unauthorized, Internal; each names the path.
Result<UniqueFd> open_for_reading(const std::string& path);
/// Size of an open regular file. Errors: Internal.
Result<ByteCount> size_of(const UniqueFd& file);
/// Fills `out` from `offset`. Errors: Corrupt when the file ends before that, Internal.
Result<void> read_exactly(int fd, std::uint64_t offset, std::span<std::byte> out);
/// Writes all of `bytes` at `offset`. Errors: Exhausted (disk full), Internal.
Result<void> write_exactly(int fd, std::uint64_t offset, ByteView bytes);

/// The whole file, refused above `limit`. Errors: NotFound, Exhausted, Internal.
Result<std::string> read_file(const std::string& path, ByteCount limit = mebibytes(64));
/// Replaces `path` by `content` in one step: temporary file, fsync, rename, fsync of the directory. `mode` as chmod.
/// A failure leaves no temporary file.
Result<void> write_durably(const std::string& path, std::string_view content, unsigned mode = 0644);
/// rename(2) and fsync of the target's directory.
Result<void> rename_durably(const std::string& from, const std::string& to);
Result<void> sync_directory(const std::string& path);

Result<void> make_directories(const std::string& path);
bool exists(const std::string& path);
/// A missing file is success.
Result<void> remove_file(const std::string& path);
/// A missing tree is success.
Result<void> remove_tree(const std::string& path);
/// Names in a directory, sorted. Errors: NotFound, Internal.
Result<std::vector<std::string>> list_directory(const std::string& path);
/// Bytes free to unprivileged processes on the filesystem of `path`.
Result<ByteCount> free_space(const std::string& path);
/// "a" + "b" → "a/b".
std::string join_path(std::string_view directory, std::string_view name);

/// A directory of its own that is removed with the object.
class TemporaryDirectory {
  public:
    /// Under $TMPDIR, else /tmp. Errors: Internal.
    static Result<TemporaryDirectory> create(std::string_view prefix);
    TemporaryDirectory(TemporaryDirectory&& other) noexcept : path_(std::exchange(other.path_, {})) {}
    TemporaryDirectory& operator=(TemporaryDirectory&&) = delete;
    ~TemporaryDirectory();
    const std::string& path() const { return path_; }

  private:
    explicit TemporaryDirectory(std::string path) : path_(std::move(path)) {}
    std::string path_;
};

}  // namespace isolde::base
