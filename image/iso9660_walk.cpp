// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/fields.h"
#include "image/iso9660.h"
#include "image/iso9660_records.h"

#include <algorithm>
#include <unordered_set>

namespace isolde::image {
namespace {

/// Depth first, with the directories still to be read on a stack of its own.
class Walker {
  public:
    Walker(const ByteSource& image, const IsoTree& tree, const IsoVisitor& visit, const IsoLimits& limits)
        : image_(image), tree_(tree), visit_(visit), limits_(limits) {}

    base::Result<void> run() {
        pending_.push_back({tree_.root_location(), "", 0});
        while (!pending_.empty()) {
            const Pending next = std::move(pending_.back());
            pending_.pop_back();
            TRY(enter(next));
        }
        return {};
    }

  private:
    struct Pending {
        DirectoryLocation location;
        std::string path;
        std::uint32_t depth = 0;
    };

    base::Result<void> enter(const Pending& here) {
        if (!visited_.insert(here.location.block).second) {
            return base::corrupt("the directory \"" + here.path + "\" at block " + std::to_string(here.location.block) +
                                 " is reached twice");
        }
        if (here.depth > limits_.depth) {
            return base::exhausted("directories are nested more than " + std::to_string(limits_.depth) + " deep");
        }
        // Directories of a sound image do not overlap: together they are not larger than it.
        const std::uint64_t most = std::min(limits_.total_directory_bytes, image_.size());
        TRY(charge(bytes_, here.location.size, most, "bytes of directories"));
        const auto directory = TRY(read_directory_within(image_, tree_, here.location, limits_, budget_));
        const std::size_t first_child = pending_.size();
        for (const IsoEntry& entry : directory.entries) {
            TRY(take(here, entry));
        }
        std::reverse(pending_.begin() + static_cast<std::ptrdiff_t>(first_child), pending_.end());
        return {};
    }

    base::Result<void> take(const Pending& here, const IsoEntry& entry) {
        if (entry.system_use.relocated) {
            return {};
        }
        std::string path = here.path + "/" + entry.name;
        TRY(charge(entries_, 1, limits_.total_entries, "entries"));
        TRY(charge(path_bytes_, path.size(), limits_.total_path_bytes, "bytes of paths"));
        TRY(visit_(path, entry, here.location));
        if (entry.is_directory()) {
            pending_.push_back({entry.location, std::move(path), here.depth + 1});
        }
        return {};
    }

    static base::Result<void> charge(std::uint64_t& used, std::uint64_t amount, std::uint64_t limit, const char* what) {
        used += amount;
        if (used > limit) {
            return base::exhausted("the image has more than " + std::to_string(limit) + " " + what);
        }
        return {};
    }

    const ByteSource& image_;
    const IsoTree& tree_;
    const IsoVisitor& visit_;
    const IsoLimits& limits_;
    ContinuationBudget budget_;
    std::vector<Pending> pending_;
    std::unordered_set<std::uint32_t> visited_;
    std::uint64_t bytes_ = 0;
    std::uint64_t entries_ = 0;
    std::uint64_t path_bytes_ = 0;
};

base::Result<ByteRun> section_run(const ByteSource& image, const IsoTree& tree, const DirectoryRecord& record) {
    const ByteRun run{tree.offset_of(std::uint64_t{record.block} + record.extended_blocks), record.size};
    if (record.interleave != 0) {
        return base::unsupported("the file of the directory record at byte " + std::to_string(record.offset) +
                                 " is interleaved");
    }
    if (run.offset > image.size() || run.length > image.size() - run.offset) {
        return base::corrupt("the file of the directory record at byte " + std::to_string(record.offset) +
                             " ends outside the image: the image is cut");
    }
    return run;
}

PathTableRecord path_table_record(base::ByteView bytes, std::uint64_t offset, PathTableOrder order) {
    const bool little = order == PathTableOrder::Little;
    PathTableRecord record;
    record.extended_blocks = field8(bytes, 1);
    record.block = little ? little32(bytes, 2) : big32(bytes, 2);
    record.parent = little ? little16(bytes, 6) : big16(bytes, 6);
    record.identifier = text_field(bytes, 8, field8(bytes, 0));
    record.offset = offset;
    return record;
}

}  // namespace

base::Result<void> walk(const ByteSource& image, const IsoTree& tree, const IsoVisitor& visit,
                        const IsoLimits& limits) {
    return Walker(image, tree, visit, limits).run();
}

base::Result<std::vector<ByteRun>> content_runs(const ByteSource& image, const IsoTree& tree, const IsoEntry& entry) {
    std::vector<ByteRun> runs;
    for (const DirectoryRecord& record : entry.records) {
        if (record.size == 0) {
            continue;
        }
        const ByteRun run = TRY(section_run(image, tree, record));
        if (!runs.empty() && runs.back().offset + runs.back().length == run.offset) {
            runs.back().length += run.length;
        } else {
            runs.push_back(run);
        }
    }
    return runs;
}

base::Result<base::Bytes> read_content(const ByteSource& image, const IsoTree& tree, const IsoEntry& entry,
                                       std::uint64_t limit) {
    if (entry.system_use.zisofs) {
        return base::unsupported("\"" + entry.name + "\" is stored with zisofs compression");
    }
    if (entry.size() > limit) {
        return base::exhausted("\"" + entry.name + "\" has " + std::to_string(entry.size()) + " bytes, more than " +
                               std::to_string(limit));
    }
    base::Bytes content;
    for (const ByteRun& run : TRY(content_runs(image, tree, entry))) {
        const auto bytes = TRY(image.read_bytes(run.offset, run.length));
        content.insert(content.end(), bytes.begin(), bytes.end());
    }
    return content;
}

base::Result<std::vector<PathTableRecord>> read_path_table(const ByteSource& image, const IsoTree& tree,
                                                           std::uint32_t block, PathTableOrder order,
                                                           const IsoLimits& limits) {
    constexpr std::size_t kFixed = 8;
    if (tree.path_table_size > limits.path_table_bytes) {
        return base::exhausted("the path table claims " + std::to_string(tree.path_table_size) + " bytes");
    }
    const std::uint64_t start = tree.offset_of(block);
    const auto bytes = TRY(image.read_bytes(start, tree.path_table_size));
    std::vector<PathTableRecord> records;
    for (std::size_t at = 0; at < bytes.size();) {
        const std::size_t left = bytes.size() - at;
        const std::size_t identifier = field8(bytes, at);
        const std::size_t length = kFixed + identifier + identifier % 2;
        if (identifier == 0 || kFixed + identifier > left) {
            return base::corrupt("the path table record at byte " + std::to_string(start + at) + " is cut or empty");
        }
        if (records.size() == limits.path_table_records) {
            return base::exhausted("the path table lists more than " + std::to_string(limits.path_table_records) +
                                   " directories, which is what it can number");
        }
        records.push_back(path_table_record(base::ByteView(bytes).subspan(at), start + at, order));
        at += std::min(length, left);
    }
    return records;
}

}  // namespace isolde::image
