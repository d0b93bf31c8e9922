// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/fields.h"
#include "image/iso9660.h"
#include "image/iso9660_records.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace isolde::image {
namespace {

constexpr std::size_t kFixedPart = 33;
constexpr std::size_t kMinimumRecord = 34;

struct RecordView {
    DirectoryRecord record;
    base::ByteView identifier;
    base::ByteView system_use;
};

std::string record_name(std::uint64_t offset) {
    return "the directory record at byte " + std::to_string(offset);
}

base::Result<RecordView> view_record(base::ByteView bytes, std::uint64_t offset) {
    const std::size_t length = field8(bytes, 0);
    const std::size_t left_in_block = kIsoBlockSize - offset % kIsoBlockSize;
    if (length < kMinimumRecord || length > bytes.size() || length > left_in_block) {
        return base::corrupt(record_name(offset) + " has an impossible length of " + std::to_string(length));
    }
    const std::size_t identifier = field8(bytes, 32);
    if (identifier == 0 || kFixedPart + identifier > length) {
        return base::corrupt(record_name(offset) + " has an identifier that does not fit it");
    }
    const std::size_t padded = std::min(length, kFixedPart + identifier + (identifier % 2 == 0 ? 1 : 0));
    RecordView view;
    view.record = parse_record(bytes, offset);
    view.record.system_use_offset = offset + padded;
    view.record.system_use_length = static_cast<std::uint8_t>(length - padded);
    view.identifier = bytes.subspan(kFixedPart, identifier);
    view.system_use = bytes.subspan(padded, length - padded);
    return view;
}

bool is_self(base::ByteView identifier) {
    return identifier.size() == 1 && field8(identifier, 0) == 0;
}
bool is_parent(base::ByteView identifier) {
    return identifier.size() == 1 && field8(identifier, 0) == 1;
}

/// Cuts ";" and digits off the end; true when there were any.
bool strip_version(std::string& name) {
    const auto mark = name.rfind(';');
    if (mark == std::string::npos || mark + 1 == name.size() ||
        !std::all_of(name.begin() + static_cast<std::ptrdiff_t>(mark) + 1, name.end(),
                     [](unsigned char letter) { return std::isdigit(letter) != 0; })) {
        return false;
    }
    name.resize(mark);
    return true;
}

void set_names(const IsoTree& tree, base::ByteView identifier, IsoEntry& entry) {
    entry.identifier = base::as_text(identifier);
    entry.name = tree.kind == TreeKind::Joliet ? utf16_to_utf8(identifier, true) : entry.identifier;
    entry.version_suffix = strip_version(entry.name);
    if (!entry.is_directory() && entry.name.size() > 1 && entry.name.back() == '.') {
        entry.name.pop_back();
    }
    if (entry.system_use.name) {
        entry.name = *entry.system_use.name;
    }
}

IsoEntryType type_of(const DirectoryRecord& record, const SystemUse& use) {
    constexpr std::uint32_t kTypeMask = 0170000;
    constexpr std::uint32_t kRegular = 0100000;
    constexpr std::uint32_t kSymlink = 0120000;
    if ((record.flags & kFlagDirectory) != 0 || use.child_link) {
        return IsoEntryType::Directory;
    }
    const std::uint32_t type = use.posix ? use.posix->mode & kTypeMask : kRegular;
    if (type == kSymlink || use.symlink) {
        return IsoEntryType::Symlink;
    }
    return type == kRegular || type == 0 ? IsoEntryType::File : IsoEntryType::Special;
}

/// Goes through the records of one directory, a few blocks at a time.
class EntryReader {
  public:
    EntryReader(const ByteSource& image, const IsoTree& tree, ContinuationBudget& budget, const EntryVisitor& visit)
        : image_(image), tree_(tree), budget_(budget), visit_(visit) {}

    base::Result<std::uint32_t> run(DirectoryLocation location, std::uint32_t at) {
        start_ = tree_.offset_of(location.block);
        // Who begins in the middle wants one entry.
        std::uint32_t step = at == 0 ? kStep : kBlock;
        while (at < location.size && !stopped_) {
            const std::uint32_t end = std::min(location.size, at / kBlock * kBlock + step);
            const auto bytes = TRY(image_.read_bytes(start_ + at, end - at));
            TRY(take_blocks(bytes, at, location.size));
            at = end;
            step = kStep;
        }
        if (pending_ && !stopped_) {
            TRY(give());
        }
        return used_;
    }

  private:
    static constexpr std::uint32_t kBlock = kIsoBlockSize;
    static constexpr std::uint32_t kStep = 16 * kBlock;
    static constexpr std::size_t kMaxSections = 100'000;

    base::Result<void> take_blocks(base::ByteView bytes, std::uint32_t first, std::uint32_t size) {
        for (std::uint32_t at = first; at < first + bytes.size() && !stopped_;) {
            const auto rest = bytes.subspan(at - first);
            const std::uint32_t length = field8(rest, 0);
            if (length == 0) {
                at = (at / kBlock + 1) * kBlock;
                continue;
            }
            if (size - at < kMinimumRecord) {
                return base::corrupt(record_name(start_ + at) + " is cut by the end of its directory");
            }
            TRY(take(TRY(view_record(rest, start_ + at)), at));
            at += length;
            used_ = at;
        }
        return {};
    }

    base::Result<void> take(const RecordView& view, std::uint32_t at) {
        if (pending_ && !is_self(view.identifier) && !is_parent(view.identifier)) {
            TRY(take_section(view));
        } else {
            if (pending_) {
                TRY(give());
            }
            TRY(make_entry(view, pending_.emplace()));
            if ((view.record.flags & kFlagAssociated) != 0) {
                pending_.reset();
                return {};
            }
            pending_at_ = at;
        }
        return (pending_->records.back().flags & kFlagMultiExtent) != 0 || stopped_ ? base::Result<void>() : give();
    }

    base::Result<void> give() {
        stopped_ = !TRY(visit_(*pending_, pending_at_));
        pending_.reset();
        return {};
    }

    base::Result<void> take_section(const RecordView& view) {
        IsoEntry& file = *pending_;
        if (base::as_text(view.identifier) != file.identifier) {
            return base::corrupt(record_name(view.record.offset) + " does not continue the file before it");
        }
        if (file.records.size() >= kMaxSections) {
            return base::exhausted("a file has more than " + std::to_string(kMaxSections) + " sections");
        }
        file.records.push_back(view.record);
        return {};
    }

    base::Result<void> make_entry(const RecordView& view, IsoEntry& entry) {
        entry.records.push_back(view.record);
        if (tree_.rock_ridge.present) {
            entry.system_use = TRY(system_use_of(view));
        }
        entry.type = type_of(view.record, entry.system_use);
        entry.location = {view.record.block + view.record.extended_blocks, view.record.size};
        set_names(tree_, view.identifier, entry);
        if (entry.system_use.child_link) {
            entry.location = TRY(relocated(*entry.system_use.child_link));
        }
        return {};
    }

    base::Result<SystemUse> system_use_of(const RecordView& view) {
        const std::size_t skip = std::min<std::size_t>(tree_.rock_ridge.skip, view.system_use.size());
        return read_system_use(image_, tree_.base_block, view.record.system_use_offset + skip,
                               view.system_use.subspan(skip), budget_);
    }

    /// CL names only the block; the size stands in the "." of that directory.
    base::Result<DirectoryLocation> relocated(std::uint32_t block) {
        const auto bytes = TRY(image_.read_bytes(tree_.offset_of(block), kMinimumRecord));
        const auto self = parse_record(bytes, tree_.offset_of(block));
        if (self.length < kMinimumRecord || !is_self(base::ByteView(bytes).subspan(kFixedPart, 1))) {
            return base::corrupt("a Rock Ridge CL field leads to block " + std::to_string(block) +
                                 ", where no directory is");
        }
        return DirectoryLocation{block, self.size};
    }

    const ByteSource& image_;
    const IsoTree& tree_;
    ContinuationBudget& budget_;
    const EntryVisitor& visit_;
    std::uint64_t start_ = 0;  ///< of the directory, in the image
    std::uint32_t used_ = 0;
    std::optional<IsoEntry> pending_;  ///< more sections of it may follow
    std::uint32_t pending_at_ = 0;
    bool stopped_ = false;
};

/// "." and ".." come first; then entries.
base::Result<void> sort_in(IsoDirectory& directory, IsoEntry entry, const IsoLimits& limits) {
    const bool first = directory.self.records.empty();
    if (!first && !directory.parent.records.empty()) {
        if (directory.entries.size() >= limits.directory_entries) {
            return base::exhausted("a directory has more than " + std::to_string(limits.directory_entries) +
                                   " entries");
        }
        directory.entries.push_back(std::move(entry));
        return {};
    }
    if (entry.identifier != std::string(1, first ? '\0' : '\1')) {
        return base::corrupt(record_name(entry.record().offset) + " stands where \".\" or \"..\" should");
    }
    (first ? directory.self : directory.parent) = std::move(entry);
    return {};
}

}  // namespace

DirectoryRecord parse_record(base::ByteView bytes, std::uint64_t offset) {
    DirectoryRecord record;
    record.offset = offset;
    record.length = field8(bytes, 0);
    record.extended_blocks = field8(bytes, 1);
    record.block = little32(bytes, 2);
    record.size = little32(bytes, 10);
    record.flags = field8(bytes, 25);
    record.interleave = field8(bytes, 26);
    return record;
}

base::Result<SystemUse> read_root_system_use(const ByteSource& image, const IsoTree& tree) {
    const std::uint64_t start = tree.offset_of(tree.root_location().block);
    const auto bytes = TRY(image.read_bytes(start, kIsoBlockSize));
    const auto self = TRY(view_record(bytes, start));
    ContinuationBudget budget;
    return read_system_use(image, tree.base_block, self.record.system_use_offset, self.system_use, budget);
}

base::Result<std::uint32_t> visit_entries(const ByteSource& image, const IsoTree& tree, DirectoryLocation location,
                                          std::uint32_t at, ContinuationBudget& budget, const EntryVisitor& visit) {
    return EntryReader(image, tree, budget, visit).run(location, at);
}

base::Result<IsoEntry> read_self(const ByteSource& image, const IsoTree& tree, DirectoryLocation location) {
    ContinuationBudget budget;
    std::optional<IsoEntry> self;
    TRY(visit_entries(image, tree, location, 0, budget, [&](IsoEntry& entry, std::uint32_t) {
        self = std::move(entry);
        return base::Result<bool>(false);
    }));
    if (!self || self->identifier != std::string(1, '\0')) {
        return base::corrupt("the directory at byte " + std::to_string(tree.offset_of(location.block)) +
                             " has no \".\"");
    }
    return *std::move(self);
}

base::Result<void> check_directory_size(DirectoryLocation location, const IsoLimits& limits) {
    if (location.size > limits.directory_bytes) {
        return base::exhausted("the directory at block " + std::to_string(location.block) + " claims " +
                               std::to_string(location.size) + " bytes, more than are read");
    }
    return {};
}

base::Result<IsoDirectory> read_directory_within(const ByteSource& image, const IsoTree& tree,
                                                 DirectoryLocation location, const IsoLimits& limits,
                                                 ContinuationBudget& budget) {
    TRY(check_directory_size(location, limits));
    IsoDirectory directory;
    directory.location = location;
    directory.used = TRY(visit_entries(image, tree, location, 0, budget, [&](IsoEntry& entry, std::uint32_t) {
        auto sorted = sort_in(directory, std::move(entry), limits);
        return sorted.ok() ? base::Result<bool>(true) : base::Result<bool>(std::move(sorted).error());
    }));
    if (directory.parent.records.empty()) {
        return base::corrupt("the directory at byte " + std::to_string(tree.offset_of(location.block)) +
                             " has no \".\" and \"..\"");
    }
    return directory;
}

base::Result<IsoDirectory> read_directory(const ByteSource& image, const IsoTree& tree, DirectoryLocation location,
                                          const IsoLimits& limits) {
    ContinuationBudget budget;
    return read_directory_within(image, tree, location, limits, budget);
}

std::uint64_t IsoEntry::size() const {
    std::uint64_t total = 0;
    for (const auto& record : records) {
        total += record.size;
    }
    return total;
}

}  // namespace isolde::image
