// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/serve/read_trace.h"

#include <algorithm>

namespace isolde::vmedia {
namespace {

bool is_boot_role(FileRole role) {
    return role == FileRole::BootLoader || role == FileRole::Kernel || role == FileRole::Initrd;
}

/// Rounded down: 100 means every byte.
int percent_of(std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? 100 : static_cast<int>(static_cast<long double>(part) * 100 / static_cast<long double>(whole));
}

std::uint64_t bytes_read(const TracedFiles::File& file, const IntervalSet& read) {
    std::uint64_t bytes = 0;
    for (const auto& [begin, end] : file.ranges) {
        bytes += read.covered(begin, end);
    }
    return bytes;
}

std::uint64_t bytes_owned(const TracedFiles::File& file) {
    std::uint64_t bytes = 0;
    for (const auto& [begin, end] : file.ranges) {
        bytes += end - begin;
    }
    return bytes;
}

}  // namespace

TracedFiles traced_files_of(const OwnerMap& owners, std::uint64_t image_size) {
    TracedFiles boot;
    boot.image_size = image_size;
    std::vector<std::size_t> index(owners.files.size(), SIZE_MAX);
    for (std::size_t i = 0; i < owners.files.size(); ++i) {
        const OwnedFile& file = owners.files[i];
        if (is_boot_role(file.role)) {
            index[i] = boot.files.size();
            boot.files.push_back({file.path, file.role, file.size, {}});
        }
    }
    for (const OwnedRange& range : owners.ranges) {
        if (range.file < index.size() && index[range.file] != SIZE_MAX) {
            boot.files[index[range.file]].ranges.emplace_back(range.offset, range.offset + range.length);
        }
    }
    std::erase_if(boot.files, [](const TracedFiles::File& file) { return file.ranges.empty(); });
    return boot;
}

void ReadTrace::mark_reset(base::WallTime reset) {
    if (reset_ == reset) {
        return;
    }
    reset_ = reset;
    before_reset_ = read_;
    read_.clear();
    line_end_ = 0;
    const std::uint64_t bytes = summary_.bytes;
    const auto last_read = summary_.last_read;
    summary_ = TraceSummary{};
    summary_.bytes = bytes;
    summary_.last_read = last_read;
}

void ReadTrace::add(std::uint64_t offset, std::uint64_t length, base::WallTime now) {
    if (length == 0) {
        return;
    }
    read_.add(offset, offset + length);
    summary_.bytes += length;
    summary_.last_read = now;
    if (!summary_.first_read) {
        summary_.first_read = now;
    }
    if (touches_loader(offset, offset + length)) {
        summary_.loader_last_read = now;
    }
    if (offset <= line_end_) {
        line_end_ = std::max(line_end_, offset + length);
    }
}

TraceSummary ReadTrace::summarize(base::WallTime now) {
    if (!reset_ || !files_) {
        return summary_;
    }
    const bool taken_before = files_->image_size > 0 && before_reset_.total() >= files_->image_size;
    summary_.opaque = taken_before || (files_->image_size > 0 && line_end_ >= files_->image_size);
    judge_files(now);
    return summary_;
}

void ReadTrace::judge_files(base::WallTime now) {
    bool loader = false;
    for (const TracedFiles::File& file : files_->files) {
        const std::uint64_t bytes = bytes_read(file, read_);
        if (bytes == 0) {
            continue;
        }
        auto known = std::find_if(summary_.files.begin(), summary_.files.end(),
                                  [&](const BootFileRead& row) { return row.path == file.path; });
        if (known == summary_.files.end()) {
            summary_.files.push_back({file.path, file.role, 0, now});
            known = std::prev(summary_.files.end());
        }
        known->percent = percent_of(bytes, bytes_owned(file));
        loader = loader || (file.role == FileRole::BootLoader && known->percent == 100);
    }
    summary_.loader_read = loader;
    summary_.kernel_percent = best_percent(FileRole::Kernel);
    summary_.initrd_percent = best_percent(FileRole::Initrd);
    if (loader && !summary_.loader_at) {
        summary_.loader_at = now;
    }
    const bool booted = loader && summary_.kernel_percent == 100 && summary_.initrd_percent == 100;
    if (booted && !summary_.booted_at) {
        summary_.booted_at = now;
    }
}

bool ReadTrace::touches_loader(std::uint64_t begin, std::uint64_t end) const {
    const auto touches = [&](const auto& range) { return range.first < end && begin < range.second; };
    return files_ && std::any_of(files_->files.begin(), files_->files.end(), [&](const TracedFiles::File& file) {
               return file.role == FileRole::BootLoader && std::any_of(file.ranges.begin(), file.ranges.end(), touches);
           });
}

int ReadTrace::best_percent(FileRole role) const {
    const bool any = std::any_of(files_->files.begin(), files_->files.end(),
                                 [&](const TracedFiles::File& file) { return file.role == role; });
    if (!any) {
        return summary_.files.empty() ? 0 : 100;
    }
    int best = 0;
    for (const BootFileRead& file : summary_.files) {
        best = file.role == role ? std::max(best, file.percent) : best;
    }
    return best;
}

}  // namespace isolde::vmedia
