// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/pending_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <boost/filesystem.hpp>
#include <cerrno>
#include <cstdio>

namespace isolde::base {
namespace fs = boost::filesystem;
namespace {

constexpr mode_t kMode = 0644;  // less the umask

std::string parent_of(const std::string& path) {
    const std::string parent = fs::path(path).parent_path().string();
    return parent.empty() ? "." : parent;
}

/// `path` with the symbolic links followed that stand there.
std::string follow_links(const std::string& path) {
    boost::system::error_code code;
    const fs::path real = fs::canonical(path, code);
    return code ? path : real.string();
}

}  // namespace

Result<PendingFile> PendingFile::create(const std::string& path) {
    struct stat there {};
    const bool present = ::stat(path.c_str(), &there) == 0;
    if (present && ::access(path.c_str(), W_OK) != 0) {
        return from_errno("creating " + path, errno);
    }
    PendingFile pending(follow_links(path));
    pending.in_place_ = present && (!S_ISREG(there.st_mode) || there.st_nlink == 0);
    pending.open();
    const bool keeps_mode = present && !pending.in_place_;
    if (!pending.file_ || (keeps_mode && ::fchmod(pending.fd(), there.st_mode & 07777U) != 0)) {
        return from_errno("creating " + path, errno);
    }
    return pending;
}

/// Leaves errno when it fails.
void PendingFile::open() {
    if (in_place_) {
        file_ = UniqueFd(::open(path_.c_str(), O_RDWR | O_TRUNC | O_CLOEXEC));
        return;
    }
    file_ = UniqueFd(::open(parent_of(path_).c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, kMode));
    if (!file_ && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
        file_ = UniqueFd(::open(temporary_path().c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, kMode));
        named_ = static_cast<bool>(file_);
    }
}

PendingFile::~PendingFile() {
    if (file_ && named_) {
        ::unlink(temporary_path().c_str());
    }
}

std::string PendingFile::path_of_content() const {
    return "/proc/self/fd/" + std::to_string(fd());
}

std::string PendingFile::temporary_path() const {
    const fs::path path(path_);
    return join_path(parent_of(path_), "." + path.filename().string() + ".new-" + std::to_string(::getpid()));
}

Result<void> PendingFile::commit() {
    if (in_place_) {
        return {};
    }
    const std::string temporary = temporary_path();
    if (!named_) {
        ::unlink(temporary.c_str());
        if (::linkat(AT_FDCWD, path_of_content().c_str(), AT_FDCWD, temporary.c_str(), AT_SYMLINK_FOLLOW) != 0) {
            return from_errno("creating " + path_, errno);
        }
        named_ = true;
    }
    if (std::rename(temporary.c_str(), path_.c_str()) != 0) {
        return from_errno("creating " + path_, errno);
    }
    named_ = false;
    return {};
}

}  // namespace isolde::base
