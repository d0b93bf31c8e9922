// SPDX-License-Identifier: GPL-3.0-or-later
//
// Large outputs that a command writes for its user: nobody ever sees half of one.
#pragma once

#include "base/files.h"

#include <string>

namespace isolde::base {

/// A file that appears at its path whole or not at all: what is there stays until `commit`, and a program that is
/// killed before leaves nothing (on file systems without unnamed files, which few are: a file ".NAME.new-PID" beside
/// it). It may replace a file that is being read. What is no regular file with a name, such as a device, is written as
/// it is. Not thread-safe.
class PendingFile {
  public:
    /// A new file gets 0644 less the umask, one that takes the place of another the mode of that. Errors: NotFound,
    /// Unauthorized, Internal; each names the path.
    static Result<PendingFile> create(const std::string& path);
    PendingFile(PendingFile&& other) noexcept = default;
    PendingFile& operator=(PendingFile&&) = delete;
    ~PendingFile();

    /// For reading and writing.
    int fd() const { return file_.get(); }
    /// Under which it can be opened before it is committed.
    std::string path_of_content() const;
    /// Gives it its path. Not more than once. Errors: Internal, Unauthorized naming the path.
    Result<void> commit();

  private:
    explicit PendingFile(std::string path) : path_(std::move(path)) {}
    void open();
    std::string temporary_path() const;

    UniqueFd file_;
    std::string path_;
    bool named_ = false;  ///< stands at temporary_path()
    bool in_place_ = false;
};

}  // namespace isolde::base
