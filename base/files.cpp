// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <algorithm>
#include <boost/filesystem.hpp>
#include <cerrno>
#include <cstdlib>

namespace isolde::base {
namespace fs = boost::filesystem;
namespace {

std::string parent_of(const std::string& path) {
    const std::string parent = fs::path(path).parent_path().string();
    return parent.empty() ? "." : parent;
}

Error from_code(std::string_view what, const boost::system::error_code& code) {
    return from_errno(what, code.value());
}

}  // namespace

UniqueFd& UniqueFd::operator=(UniqueFd&& other) noexcept {
    if (this != &other) {
        if (fd_ >= 0) {
            ::close(fd_);
        }
        fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
}

UniqueFd::~UniqueFd() {
    if (fd_ >= 0) {
        ::close(fd_);
    }
}

Result<UniqueFd> open_for_reading(const std::string& path) {
    UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) {
        return from_errno("cannot open " + path, errno);
    }
    return file;
}

Result<ByteCount> size_of(const UniqueFd& file) {
    struct stat status {};
    if (fstat(file.get(), &status) != 0) {
        return from_errno("cannot read the size of a file", errno);
    }
    return ByteCount(static_cast<std::uint64_t>(status.st_size));
}

Result<void> read_exactly(int fd, std::uint64_t offset, std::span<std::byte> out) {
    while (!out.empty()) {
        const ssize_t got = ::pread(fd, out.data(), out.size(), static_cast<off_t>(offset));
        if (got == 0) {
            return corrupt("file ends at byte " + std::to_string(offset) + ", " + std::to_string(out.size()) +
                           " bytes short");
        }
        if (got < 0 && errno != EINTR) {
            return from_errno("read at byte " + std::to_string(offset), errno);
        }
        if (got > 0) {
            out = out.subspan(static_cast<std::size_t>(got));
            offset += static_cast<std::uint64_t>(got);
        }
    }
    return {};
}

Result<void> write_exactly(int fd, std::uint64_t offset, ByteView bytes) {
    while (!bytes.empty()) {
        const ssize_t put = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (put < 0 && errno != EINTR) {
            return from_errno("write at byte " + std::to_string(offset), errno);
        }
        if (put > 0) {
            bytes = bytes.subspan(static_cast<std::size_t>(put));
            offset += static_cast<std::uint64_t>(put);
        }
    }
    return {};
}

Result<std::string> read_file(const std::string& path, ByteCount limit) {
    const UniqueFd file = TRY(open_for_reading(path));
    std::string content;
    std::string chunk(std::size_t{64} * 1024, '\0');
    while (true) {
        const ssize_t got = ::read(file.get(), chunk.data(), chunk.size());
        if (got == 0) {
            return content;
        }
        if (got < 0 && errno != EINTR) {
            return from_errno("cannot read " + path, errno);
        }
        content.append(chunk, 0, got > 0 ? static_cast<std::size_t>(got) : 0);
        if (content.size() > limit.bytes()) {
            return exhausted(path + " is larger than " + to_string(limit));
        }
    }
}

namespace {

Result<void> write_new(const std::string& temporary, std::string_view content, unsigned mode) {
    const UniqueFd file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
    if (!file) {
        return from_errno("cannot write " + temporary, errno);
    }
    TRY(write_exactly(file.get(), 0, as_bytes(content)).with_context("writing " + temporary));
    if (fchmod(file.get(), mode) != 0 || fsync(file.get()) != 0) {
        return from_errno("cannot finish " + temporary, errno);
    }
    return {};
}

}  // namespace

Result<void> write_durably(const std::string& path, std::string_view content, unsigned mode) {
    const std::string temporary = path + ".new";
    auto written = write_new(temporary, content, mode);
    if (written.ok()) {
        written = rename_durably(temporary, path);
    }
    if (!written.ok()) {
        ::unlink(temporary.c_str());
    }
    return written;
}

Result<void> rename_durably(const std::string& from, const std::string& to) {
    if (std::rename(from.c_str(), to.c_str()) != 0) {
        return from_errno("cannot rename " + from + " to " + to, errno);
    }
    return sync_directory(parent_of(to));
}

Result<void> sync_directory(const std::string& path) {
    const UniqueFd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory || fsync(directory.get()) != 0) {
        return from_errno("cannot sync directory " + path, errno);
    }
    return {};
}

Result<void> make_directories(const std::string& path) {
    boost::system::error_code code;
    fs::create_directories(path, code);
    if (code) {
        return from_code("cannot create directory " + path, code);
    }
    return {};
}

bool exists(const std::string& path) {
    boost::system::error_code code;
    return fs::exists(path, code);
}

Result<void> remove_file(const std::string& path) {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
        return from_errno("cannot remove " + path, errno);
    }
    return {};
}

Result<void> remove_tree(const std::string& path) {
    boost::system::error_code code;
    fs::remove_all(path, code);
    if (code && code != boost::system::errc::no_such_file_or_directory) {
        return from_code("cannot remove " + path, code);
    }
    return {};
}

Result<std::vector<std::string>> list_directory(const std::string& path) {
    boost::system::error_code code;
    std::vector<std::string> names;
    for (fs::directory_iterator entry(path, code), end; !code && entry != end; entry.increment(code)) {
        names.push_back(entry->path().filename().string());
    }
    if (code) {
        return from_code("cannot list " + path, code);
    }
    std::sort(names.begin(), names.end());
    return names;
}

Result<ByteCount> free_space(const std::string& path) {
    struct statvfs status {};
    if (statvfs(path.c_str(), &status) != 0) {
        return from_errno("cannot read the free space of " + path, errno);
    }
    return ByteCount(static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize);
}

std::string join_path(std::string_view directory, std::string_view name) {
    std::string path(directory);
    if (!path.empty() && path.back() != '/') {
        path += '/';
    }
    return path.append(name);
}

Result<TemporaryDirectory> TemporaryDirectory::create(std::string_view prefix) {
    const char* base = std::getenv("TMPDIR");
    std::string path = join_path(base != nullptr ? base : "/tmp", std::string(prefix) + ".XXXXXX");
    if (mkdtemp(path.data()) == nullptr) {
        return from_errno("cannot create a temporary directory " + path, errno);
    }
    return TemporaryDirectory(std::move(path));
}

TemporaryDirectory::~TemporaryDirectory() {
    if (!path_.empty()) {
        (void)remove_tree(path_);
    }
}

}  // namespace isolde::base
