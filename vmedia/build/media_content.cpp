// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/build/media_content.h"

#include <algorithm>
#include <string_view>

namespace isolde::vmedia {
namespace {

constexpr std::size_t kMaxFiles = 65'536;
constexpr std::size_t kMaxPath = 1024;
constexpr std::size_t kMaxPart = 255;
constexpr std::size_t kMaxLabel = 32;

bool is_control(char character) {
    const auto code = static_cast<unsigned char>(character);
    return code < 0x20 || code == 0x7f;
}

bool part_is_good(std::string_view part) {
    return !part.empty() && part.size() <= kMaxPart && part != "." && part != ".." &&
           std::none_of(part.begin(), part.end(), is_control);
}

bool path_is_good(std::string_view path) {
    if (path.size() < 2 || path.size() > kMaxPath || path.front() != '/') {
        return false;
    }
    path.remove_prefix(1);
    while (true) {
        const std::size_t slash = path.find('/');
        if (!part_is_good(path.substr(0, slash))) {
            return false;
        }
        if (slash == std::string_view::npos) {
            return true;
        }
        path.remove_prefix(slash + 1);
    }
}

base::Result<void> check_label(std::string_view label) {
    const bool printable =
        std::all_of(label.begin(), label.end(), [](char character) { return character >= 0x20 && character < 0x7f; });
    if (label.empty() || label.size() > kMaxLabel || !printable) {
        return base::invalid_argument("a label has 1 to 32 printable ASCII characters");
    }
    return {};
}

base::Result<void> check_sizes(const std::vector<MediaFile>& files) {
    if (files.size() > kMaxFiles) {
        return base::exhausted("a medium takes 65536 files at most, not " + std::to_string(files.size()));
    }
    std::uint64_t total = 0;
    for (const MediaFile& file : files) {
        total += file.content.size();
        if (total > kMaxMediaBytes) {
            return base::exhausted("the files of a medium exceed 256 MiB at " + file.path);
        }
    }
    return {};
}

const MediaFile* find_path(const std::vector<const MediaFile*>& sorted, std::string_view path) {
    const auto found =
        std::lower_bound(sorted.begin(), sorted.end(), path,
                         [](const MediaFile* file, std::string_view wanted) { return file->path < wanted; });
    return found != sorted.end() && (*found)->path == path ? *found : nullptr;
}

base::Result<void> check_places(const std::vector<const MediaFile*>& sorted) {
    for (std::size_t index = 0; index < sorted.size(); ++index) {
        const std::string& path = sorted[index]->path;
        if (index > 0 && sorted[index - 1]->path == path) {
            return base::conflict(path + " is there twice");
        }
        for (std::size_t slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1)) {
            if (find_path(sorted, std::string_view(path).substr(0, slash)) != nullptr) {
                return base::conflict(path + " would lie below a file");
            }
        }
    }
    return {};
}

}  // namespace

base::Result<std::vector<const MediaFile*>> sorted_files(const MediaContent& content) {
    TRY(check_label(content.label));
    TRY(check_sizes(content.files));
    std::vector<const MediaFile*> sorted;
    for (const MediaFile& file : content.files) {
        if (!path_is_good(file.path)) {
            return base::invalid_argument("\"" + file.path + "\" is no absolute path of a file");
        }
        sorted.push_back(&file);
    }
    std::sort(sorted.begin(), sorted.end(),
              [](const MediaFile* left, const MediaFile* right) { return left->path < right->path; });
    TRY(check_places(sorted));
    return sorted;
}

}  // namespace isolde::vmedia
