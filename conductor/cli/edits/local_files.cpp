// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/cli/edits/local_files.h"

#include "base/files.h"

#include <algorithm>
#include <filesystem>

namespace isolde::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxEntries = 4096;

struct Assignment {
    std::string left;
    std::string path;
};

base::Result<Assignment> split_option(const std::string& option, const char* form) {
    const std::size_t separator = option.rfind("=/");
    if (separator == std::string::npos || separator == 0) {
        return base::invalid_argument("\"" + option + "\" is not of the form " + form);
    }
    return Assignment{option.substr(0, separator), option.substr(separator + 1)};
}

std::uint32_t permissions_of(const fs::file_status& status) {
    return static_cast<std::uint32_t>(status.permissions()) & 0755U;
}

base::Result<LocalFile> read_regular(const std::string& source, const std::string& path, const LocalLimits& limits) {
    LocalFile file;
    file.path = path;
    std::error_code error;
    const std::uintmax_t size = fs::file_size(source, error);
    if (!error && size > limits.largest.bytes()) {
        return base::exhausted(source + " has " + std::to_string(size) + " bytes; at most " +
                               std::to_string(limits.largest.bytes()) + " can be put in this way");
    }
    if (!error && size > limits.inlined.bytes()) {
        file.source = source;
    } else {
        file.content = base::to_bytes(TRY(base::read_file(source, limits.largest)));
    }
    const auto status = fs::status(source, error);
    file.mode = error ? 0644 : permissions_of(status);
    return file;
}

base::Result<LocalFile> read_link(const fs::path& source, const std::string& path) {
    std::error_code error;
    LocalFile file;
    file.path = path;
    file.kind = LocalKind::Symlink;
    file.link_target = fs::read_symlink(source, error).string();
    if (error) {
        return base::from_errno("reading the link " + source.string(), error.value());
    }
    return file;
}

base::Result<LocalFile> read_entry(const fs::path& source, const std::string& path, const LocalLimits& limits) {
    std::error_code error;
    const auto status = fs::symlink_status(source, error);
    if (error) {
        return base::from_errno("reading " + source.string(), error.value());
    }
    switch (status.type()) {
        case fs::file_type::regular: return read_regular(source.string(), path, limits);
        case fs::file_type::symlink: return read_link(source, path);
        case fs::file_type::directory: {
            LocalFile directory = new_directory(path);
            directory.mode = permissions_of(status);
            return directory;
        }
        default: break;
    }
    return base::unsupported(source.string() + " is neither a file nor a directory nor a symbolic link");
}

base::Result<std::vector<fs::path>> entries_below(const fs::path& source) {
    std::error_code error;
    std::vector<fs::path> entries;
    for (fs::recursive_directory_iterator at(source, error), end; !error && at != end; at.increment(error)) {
        entries.push_back(at->path());
        if (entries.size() > kMaxEntries) {
            return base::exhausted("the directory " + source.string() + " has more than 4096 entries");
        }
    }
    if (error) {
        return base::from_errno("reading the directory " + source.string(), error.value());
    }
    std::sort(entries.begin(), entries.end());
    return entries;
}

base::Result<void> read_directory(std::vector<LocalFile>& files, const fs::path& source, const std::string& path,
                                  const LocalLimits& limits) {
    for (const fs::path& entry : TRY(entries_below(source))) {
        const std::string below = "/" + entry.lexically_relative(source).generic_string();
        files.push_back(TRY(read_entry(entry, (path == "/" ? "" : path) + below, limits)));
    }
    return {};
}

}  // namespace

base::Result<std::vector<LocalFile>> read_local_files(const std::vector<std::string>& options,
                                                      const LocalLimits& limits) {
    std::vector<LocalFile> files;
    for (const std::string& option : options) {
        const Assignment assignment = TRY(split_option(option, "SRC=/path"));
        std::error_code error;
        if (fs::is_directory(assignment.left, error)) {
            TRY(read_directory(files, assignment.left, assignment.path, limits));
        } else {
            files.push_back(TRY(read_regular(assignment.left, assignment.path, limits)));
        }
    }
    return files;
}

LocalFile new_directory(const std::string& option) {
    LocalFile file;
    file.path = option;
    file.kind = LocalKind::Directory;
    file.mode = 0755;
    return file;
}

base::Result<LocalFile> new_link(const std::string& option) {
    const Assignment assignment = TRY(split_option(option, "TARGET=/path"));
    LocalFile file;
    file.path = assignment.path;
    file.kind = LocalKind::Symlink;
    file.link_target = assignment.left;
    return file;
}

}  // namespace isolde::cli
