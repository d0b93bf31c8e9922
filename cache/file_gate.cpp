// SPDX-License-Identifier: GPL-3.0-or-later
#include "cache/file_gate.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <optional>

namespace isolde::cache {
namespace {

/// "/srv/iso" and "/srv/iso/a/b" → "a/b".
std::optional<std::string> relative_to(std::string root, const std::string& path) {
    while (root.size() > 1 && root.back() == '/') {
        root.pop_back();
    }
    root += root == "/" ? "" : "/";
    return path.starts_with(root) && path.size() > root.size() ? std::optional(path.substr(root.size())) : std::nullopt;
}

base::Error out_of_root(const std::string& path) {
    return base::invalid_argument("file " + path + " is not beneath a directory of [images] allow_file_roots");
}

base::Result<base::UniqueFd> open_in(const std::string& root, const std::string& relative, const std::string& path) {
    const base::UniqueFd directory(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!directory) {
        return base::from_errno("cannot open " + root, errno);
    }
    // A FIFO must not block the open, a terminal not become ours.
    open_how how{};
    how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    const long fd = ::syscall(SYS_openat2, directory.get(), relative.c_str(), &how, sizeof how);
    if (fd < 0) {
        return errno == EXDEV || errno == ELOOP ? out_of_root(path) : base::from_errno("cannot open " + path, errno);
    }
    return base::UniqueFd(static_cast<int>(fd));
}

}  // namespace

base::Result<base::UniqueFd> open_beneath(const std::vector<std::string>& roots, const std::string& path) {
    const auto root = std::find_if(roots.begin(), roots.end(),
                                   [&](const auto& candidate) { return relative_to(candidate, path).has_value(); });
    if (root == roots.end()) {
        return out_of_root(path);
    }
    base::UniqueFd file = TRY(open_in(*root, *relative_to(*root, path), path));
    struct stat status {};
    if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
        return base::invalid_argument(path + " is not a regular file");
    }
    return file;
}

}  // namespace isolde::cache
