// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/fat.h"

#include "image/fat_directory.h"
#include "image/fields.h"

#include <algorithm>
#include <unordered_set>

namespace isolde::image {
namespace {

constexpr std::uint64_t kFatDirectoryEntry = 32;

std::string cluster_name(std::uint32_t cluster) {
    return "FAT cluster " + std::to_string(cluster);
}

void append_run(std::vector<ByteRun>& runs, ByteRun run) {
    if (!runs.empty() && runs.back().offset + runs.back().length == run.offset) {
        runs.back().length += run.length;
    } else {
        runs.push_back(run);
    }
}

base::Result<base::Bytes> read_runs(const ByteSource& source, const std::vector<ByteRun>& runs) {
    base::Bytes content;
    for (const ByteRun& run : runs) {
        const auto bytes = TRY(source.read_bytes(run.offset, run.length));
        content.insert(content.end(), bytes.begin(), bytes.end());
    }
    return content;
}

}  // namespace

/// The part of a FAT that was read last: a chain's entries mostly follow one another.
class FatWindow {
  public:
    explicit FatWindow(const ByteSource& source) : source_(source) {}

    /// `length` bytes at `offset`; valid until the next call. Errors: Corrupt outside the source.
    base::Result<base::ByteView> at(std::uint64_t offset, std::uint64_t length) {
        if (offset < begin_ || offset + length > begin_ + bytes_.size()) {
            const std::uint64_t left = source_.size() - std::min(offset, source_.size());
            bytes_ = TRY(source_.read_bytes(offset, std::clamp(left, length, kReadAhead)));
            begin_ = offset;
        }
        return base::ByteView(bytes_).subspan(offset - begin_, length);
    }

  private:
    static constexpr std::uint64_t kReadAhead = 4096;
    const ByteSource& source_;
    std::uint64_t begin_ = 0;
    base::Bytes bytes_;
};

base::Result<WindowSource> WindowSource::create(const ByteSource& source, std::uint64_t offset, std::uint64_t length) {
    if (offset > source.size() || length > source.size() - offset) {
        return base::corrupt(std::to_string(length) + " bytes at byte " + std::to_string(offset) +
                             " lie outside the image of " + std::to_string(source.size()) + " bytes");
    }
    return WindowSource(source, offset, length);
}

base::Result<void> WindowSource::read(std::uint64_t offset, std::span<std::byte> out) const {
    if (offset > length_ || out.size() > length_ - offset) {
        return base::corrupt(std::to_string(out.size()) + " bytes at byte " + std::to_string(offset) +
                             " lie outside the partition of " + std::to_string(length_) + " bytes");
    }
    return source_->read(offset_ + offset, out);
}

std::uint32_t FatVolume::end_mark() const {
    switch (geometry_.type) {
        case FatType::Fat12: return 0xff8;
        case FatType::Fat16: return 0xfff8;
        case FatType::Fat32: break;
    }
    return 0x0ffffff8;
}

std::uint64_t FatVolume::fat_entry_offset(std::uint32_t cluster, std::uint32_t copy) const {
    const std::uint64_t bits = std::uint64_t{cluster} * static_cast<std::uint64_t>(geometry_.type);
    return geometry_.fat_offset + copy * geometry_.fat_size + bits / 8;
}

base::Result<std::uint32_t> FatVolume::fat_entry(std::uint32_t cluster) const {
    FatWindow window(*source_);
    return fat_entry(cluster, window);
}

base::Result<std::uint32_t> FatVolume::fat_entry(std::uint32_t cluster, FatWindow& window) const {
    if (cluster < 2 || cluster - 2 >= geometry_.cluster_count) {
        return base::corrupt(cluster_name(cluster) + " does not exist in a volume of " +
                             std::to_string(geometry_.cluster_count) + " clusters");
    }
    const std::uint64_t offset = fat_entry_offset(cluster, 0);
    if (geometry_.type == FatType::Fat32) {
        return little32(TRY(window.at(offset, 4)), 0) & 0x0fffffffU;
    }
    const std::uint32_t value = little16(TRY(window.at(offset, 2)), 0);
    if (geometry_.type == FatType::Fat16) {
        return value;
    }
    return cluster % 2 == 1 ? value >> 4U : value & 0xfffU;
}

base::Result<std::vector<std::uint32_t>> FatVolume::chain(std::uint32_t first_cluster, std::uint64_t size) const {
    const std::uint64_t needed = (size + geometry_.cluster_size - 1) / geometry_.cluster_size;
    return follow(first_cluster, needed + limits_.spare_clusters)
        .with_context("following the chain of " + cluster_name(first_cluster));
}

base::Result<std::vector<std::uint32_t>> FatVolume::directory_chain(std::uint32_t first_cluster) const {
    const std::uint32_t first = first_cluster == 0 ? geometry_.root_cluster : first_cluster;
    return follow(first, limits_.directory_bytes / geometry_.cluster_size + 1)
        .with_context("following the chain of the directory at " + cluster_name(first));
}

base::Result<std::vector<std::uint32_t>> FatVolume::follow(std::uint32_t first_cluster, std::uint64_t longest) const {
    FatWindow window(*source_);
    std::vector<std::uint32_t> clusters;
    for (std::uint32_t cluster = first_cluster; cluster < end_mark();) {
        const std::uint32_t next = TRY(fat_entry(cluster, window));
        if (next == 0 || next == end_mark() - 1) {
            return base::corrupt(cluster_name(cluster) + " in it is marked free or bad");
        }
        if (clusters.size() == std::min<std::uint64_t>(longest, geometry_.cluster_count)) {
            return base::corrupt("it is a loop or longer than the " + std::to_string(longest) +
                                 " clusters that it may have");
        }
        clusters.push_back(cluster);
        cluster = next;
    }
    return clusters;
}

base::Result<std::vector<ByteRun>> FatVolume::directory_runs(std::uint32_t first_cluster) const {
    if (first_cluster == 0 && geometry_.type != FatType::Fat32) {
        return std::vector<ByteRun>{{geometry_.root_offset, geometry_.root_size}};
    }
    const auto clusters = TRY(directory_chain(first_cluster));
    if (std::uint64_t{clusters.size()} * geometry_.cluster_size > limits_.directory_bytes) {
        return base::exhausted("the FAT directory at " + cluster_name(first_cluster) + " has more than " +
                               std::to_string(limits_.directory_bytes) + " bytes");
    }
    std::vector<ByteRun> runs;
    for (const std::uint32_t cluster : clusters) {
        append_run(runs, {geometry_.cluster_offset(cluster), geometry_.cluster_size});
    }
    return runs;
}

base::Result<std::vector<FatEntry>> FatVolume::directory(std::uint32_t first_cluster) const {
    FatDirectoryParser parser(geometry_.type == FatType::Fat32);
    for (const ByteRun& run : TRY(directory_runs(first_cluster))) {
        if (!parser.take(TRY(source_->read_bytes(run.offset, run.length)), run.offset)) {
            break;
        }
    }
    return std::move(parser).entries();
}

base::Result<FatEntry> FatVolume::find(std::string_view path) const {
    return FatLookup(*this).find(path);
}

base::Result<FatEntry> FatVolume::as_it_stands(FatEntry entry) const {
    const auto bytes = TRY(source_->read_bytes(entry.entry_offset, kFatDirectoryEntry));
    const std::uint32_t high = geometry_.type == FatType::Fat32 ? little16(bytes, 20) : 0U;
    entry.first_cluster = high << 16U | little16(bytes, 26);
    entry.size = entry.is_directory() ? 0 : little32(bytes, 28);
    return entry;
}

base::Result<void> FatVolume::walk(const Visitor& visit) const {
    struct Pending {
        std::uint32_t cluster = 0;
        std::uint32_t depth = 0;
        std::string path;
    };
    std::vector<Pending> pending{Pending{}};
    std::unordered_set<std::uint32_t> visited;
    std::uint32_t total = 0;
    while (!pending.empty()) {
        const Pending here = std::move(pending.back());
        pending.pop_back();
        if (!visited.insert(here.cluster).second) {
            return base::corrupt("the FAT directory \"" + here.path + "\" is reached twice");
        }
        const std::size_t first_child = pending.size();
        for (const FatEntry& entry : TRY(directory(here.cluster))) {
            std::string path = here.path + "/" + entry.name;
            if (++total > limits_.total_entries || here.depth >= limits_.depth) {
                return base::exhausted("the FAT volume has too many or too deep directories");
            }
            TRY(visit(path, entry));
            if (entry.is_directory()) {
                pending.push_back({entry.first_cluster, here.depth + 1, std::move(path)});
            }
        }
        std::reverse(pending.begin() + static_cast<std::ptrdiff_t>(first_child), pending.end());
    }
    return {};
}

base::Result<std::vector<ByteRun>> FatVolume::content_runs(const FatEntry& file) const {
    std::vector<ByteRun> runs;
    if (file.size == 0) {
        return runs;
    }
    std::uint64_t left = file.size;
    for (const std::uint32_t cluster : TRY(chain(file.first_cluster, file.size))) {
        const std::uint64_t length = std::min<std::uint64_t>(left, geometry_.cluster_size);
        if (length == 0) {
            break;
        }
        append_run(runs, {geometry_.cluster_offset(cluster), length});
        left -= length;
    }
    if (left != 0) {
        return base::corrupt("the cluster chain of \"" + file.name + "\" is " + std::to_string(left) +
                             " bytes shorter than the file");
    }
    return runs;
}

base::Result<base::Bytes> FatVolume::read_content(const FatEntry& file, std::uint64_t limit) const {
    if (file.size > limit) {
        return base::exhausted("\"" + file.name + "\" has " + std::to_string(file.size) + " bytes, more than " +
                               std::to_string(limit));
    }
    return read_runs(*source_, TRY(content_runs(file)));
}

}  // namespace isolde::image
