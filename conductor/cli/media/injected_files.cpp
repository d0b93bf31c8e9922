// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/cli/media/injected_files.h"

#include "base/files.h"
#include "image/byte_source.h"
#include "vmedia/compose/fingerprint.h"

#include <algorithm>
#include <filesystem>

namespace isolde::cli {
namespace {

namespace fs = std::filesystem;
using vmedia::FileKind;
using vmedia::FileTarget;
using vmedia::InjectedFile;

constexpr std::size_t kMaxEntries = 4096;
constexpr std::uintmax_t kShownSize = 1U << 20U;  // a larger file is not copied into memory

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

base::Result<InjectedFile> read_regular(const std::string& source, const std::string& path, FileTarget target) {
    InjectedFile file;
    file.path = path;
    file.target = target;
    std::error_code error;
    if (const auto size = fs::file_size(source, error); !error && size > kShownSize && target == FileTarget::Iso) {
        file.blob.file = TRY(image::FileSource::open(source));
        file.blob.digest = TRY(vmedia::fingerprint(*file.blob.file));
    } else {
        file.content = base::to_bytes(TRY(base::read_file(source, base::gibibytes(2))));
    }
    const auto status = fs::status(source, error);
    file.mode = error ? 0644 : permissions_of(status);
    return file;
}

base::Result<InjectedFile> read_link(const fs::path& source, const std::string& path, FileTarget target) {
    std::error_code error;
    InjectedFile file;
    file.path = path;
    file.target = target;
    file.kind = FileKind::Symlink;
    file.link_target = fs::read_symlink(source, error).string();
    if (error) {
        return base::from_errno("reading the link " + source.string(), error.value());
    }
    return file;
}

base::Result<InjectedFile> read_entry(const fs::path& source, const std::string& path, FileTarget target) {
    std::error_code error;
    const auto status = fs::symlink_status(source, error);
    if (error) {
        return base::from_errno("reading " + source.string(), error.value());
    }
    switch (status.type()) {
        case fs::file_type::regular: return read_regular(source.string(), path, target);
        case fs::file_type::symlink: return read_link(source, path, target);
        case fs::file_type::directory: {
            InjectedFile directory;
            directory.path = path;
            directory.target = target;
            directory.kind = FileKind::Directory;
            directory.mode = permissions_of(status);
            return directory;
        }
        default: break;
    }
    return base::unsupported(source.string() + " is neither a file nor a directory nor a symbolic link");
}

base::Result<void> read_directory(vmedia::InjectionPlan& plan, const fs::path& source, const std::string& path,
                                  FileTarget target) {
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
    for (const fs::path& entry : entries) {
        const std::string below = "/" + entry.lexically_relative(source).generic_string();
        InjectedFile file = TRY(read_entry(entry, (path == "/" ? "" : path) + below, target));
        if (file.kind != FileKind::Directory || target != FileTarget::Efi) {  // FAT's are made with their files
            plan.files.push_back(std::move(file));
        }
    }
    return {};
}

}  // namespace

base::Result<void> read_files(vmedia::InjectionPlan& plan, const std::vector<std::string>& options, FileTarget target) {
    for (const std::string& option : options) {
        const Assignment assignment = TRY(split_option(option, "SRC=/path"));
        std::error_code error;
        if (fs::is_directory(assignment.left, error)) {
            TRY(read_directory(plan, assignment.left, assignment.path, target));
        } else {
            plan.files.push_back(TRY(read_regular(assignment.left, assignment.path, target)));
        }
    }
    return {};
}

InjectedFile new_directory(const std::string& option) {
    InjectedFile file;
    file.path = option;
    file.kind = FileKind::Directory;
    file.mode = 0755;
    return file;
}

base::Result<InjectedFile> new_link(const std::string& option) {
    const Assignment assignment = TRY(split_option(option, "TARGET=/path"));
    InjectedFile file;
    file.path = assignment.path;
    file.kind = FileKind::Symlink;
    file.link_target = assignment.left;
    return file;
}

}  // namespace isolde::cli
