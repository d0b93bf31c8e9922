// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/tree_patcher.h"

#include "image/fields.h"
#include "vmedia/compose/iso_names.h"

#include <algorithm>
#include <array>
#include <set>

namespace isolde::vmedia {
namespace {

using image::IsoDirectory;
using image::IsoEntry;
using image::IsoMatch;

constexpr std::uint32_t kDirectoryMode = 0040555;
constexpr std::uint32_t kFileType = 0100000;
constexpr std::size_t kDateField = 18;   // in a directory record
constexpr std::size_t kLinksField = 12;  // in PX

struct PathParts {
    std::string directory;  ///< "/" or "/a/b"
    std::string name;
};

PathParts split_path(std::string_view path) {
    const std::size_t slash = path.rfind('/');
    return {std::string(slash == 0 ? "/" : path.substr(0, slash)), std::string(path.substr(slash + 1))};
}

std::string child_path(const std::string& directory, const std::string& name) {
    return directory == "/" ? "/" + name : directory + "/" + name;
}

/// An upper bound of the record of an entry called `name`, in any kind of tree.
std::uint32_t record_bound(std::string_view name) {
    return static_cast<std::uint32_t>(160 + 2 * name.size());
}

std::string displayed_name(const image::IsoTree& tree, std::string_view identifier) {
    if (tree.kind == image::TreeKind::Joliet) {
        const std::string text = image::utf16_to_utf8(base::as_bytes(identifier), true);
        return text.substr(0, text.find(';'));
    }
    std::string text(identifier.substr(0, identifier.find(';')));
    if (!text.empty() && text.back() == '.') {
        text.pop_back();
    }
    return text;
}

base::Result<void> check_one_plain_section(const IsoEntry& entry) {
    if (entry.type != image::IsoEntryType::File) {
        return base::unsupported(entry.name + " is no regular file and cannot be replaced");
    }
    if (entry.records.size() > 1) {
        return base::unsupported(entry.name + " is stored in several sections (above 4 GiB) and cannot be changed");
    }
    if (entry.system_use.zisofs) {
        return base::unsupported(entry.name + " is stored compressed (zisofs) and cannot be changed");
    }
    if (entry.record().interleave != 0) {
        return base::unsupported(entry.name + " is stored interleaved and cannot be changed");
    }
    return {};
}

}  // namespace

TreePatcher::TreePatcher(ImageEdit& edit, ContinuationArea& continuation, image::IsoTree tree)
    : edit_(&edit), continuation_(&continuation), tree_(std::move(tree)) {}

std::string TreePatcher::own_path(std::string_view path) const {
    std::string own;
    for (std::size_t end = 0; end < path.size();) {
        const std::size_t start = end + 1;
        end = std::min(path.find('/', start), path.size());
        const auto renamed = renamed_.find(std::string(path.substr(0, end)));
        own += '/';
        own += renamed == renamed_.end() ? path.substr(start, end - start) : std::string_view(renamed->second);
    }
    return own;
}

base::Result<IsoMatch> TreePatcher::find(std::string_view path) const {
    return image::find(edit_->view(), tree_, own_path(path));
}

/// A new directory takes room in the one above it, and so on upwards.
void TreePatcher::expect_directory(std::string_view path) {
    while (path.size() > 1 && !find(path).ok() && counted_.emplace(path).second) {
        const PathParts parts = split_path(path);
        expected_[parts.directory] += record_bound(parts.name);
        path = path.substr(0, parts.directory.size());
    }
}

std::uint32_t TreePatcher::reserve_for(const std::string& directory) const {
    const auto expected = expected_.find(directory);
    return expected == expected_.end() ? 0 : expected->second;
}

base::Result<RecordDate> TreePatcher::date_of(const IsoDirectory& directory) const {
    RecordDate date;
    TRY(edit_->view().read(directory.self.record().offset + kDateField, date));
    return date;
}

base::Result<void> TreePatcher::repoint(const IsoEntry& entry, const Content& content, const ChangeReason& reason) {
    TRY(check_one_plain_section(entry));
    return write_location(entry.record().offset, static_cast<std::uint32_t>(content.block - tree_.base_block),
                          content.size, reason);
}

base::Result<void> TreePatcher::add_files(const std::vector<AddedFile>& files) {
    std::map<std::string, std::vector<NewRecord>> by_directory;  // a directory before those in it
    for (const AddedFile& file : files) {
        const PathParts parts = split_path(file.path);
        NewRecord record;
        record.name = parts.name;
        record.block = static_cast<std::uint32_t>(file.content.block - tree_.base_block);
        record.size = file.content.size;
        record.mode = kFileType | file.mode;
        expected_[parts.directory] += record_bound(parts.name);
        by_directory[parts.directory].push_back(std::move(record));
    }
    for (const auto& [directory, records] : by_directory) {
        expect_directory(directory);
    }
    for (auto& [directory, records] : by_directory) {
        TRY(make_directories(directory));
        TRY(add_records(directory, std::move(records)));
    }
    return {};
}

base::Result<void> TreePatcher::make_directories(std::string_view path) {
    for (std::size_t end = 0; end < path.size() && path != "/";) {
        end = std::min(path.find('/', end + 1), path.size());
        const std::string_view part = path.substr(0, end);
        const auto match = find(part);
        if (match.ok()) {
            if (!match->entry.is_directory()) {
                return base::conflict(std::string(part) + " in the image is no directory");
            }
            continue;
        }
        if (match.error().kind != base::ErrorKind::NotFound) {
            return match.error();
        }
        const PathParts parts = split_path(part);
        TRY(make_directory(parts.directory, parts.name));
    }
    return {};
}

base::Result<void> TreePatcher::make_directory(const std::string& parent, const std::string& name) {
    const std::uint32_t room = reserve_for(child_path(parent, name)) + 2 * record_bound("");
    NewRecord record;
    record.name = name;
    record.directory = true;
    record.size = static_cast<std::uint32_t>(blocks_of(room) * kBlockSize);
    record.mode = kDirectoryMode;
    record.links = 2;
    const std::uint64_t block = edit_->append(base::Bytes(record.size), {child_path(parent, name), "add"});
    record.block = static_cast<std::uint32_t>(block - tree_.base_block);
    TRY(add_records(parent, {record}));
    return fill_directory(parent, record.block, record.size, record.mode);
}

/// The "." and ".." of a new directory. The parent has its final place for now; if it moves later, that patches "..".
base::Result<void> TreePatcher::fill_directory(const std::string& parent, std::uint32_t block, std::uint32_t size,
                                               std::uint32_t mode) {
    const IsoMatch above = TRY(find(parent));
    const IsoDirectory directory = TRY(image::read_directory(edit_->view(), tree_, above.entry.location));
    NewRecord self;
    self.identifier = std::string(1, '\0');
    self.block = block;
    self.size = size;
    self.directory = true;
    self.mode = mode;
    self.links = 2;
    self.serial = next_serial_++;
    self.date = TRY(date_of(directory));
    NewRecord up = self;
    up.identifier = std::string(1, '\1');
    up.block = directory.location.block;
    up.size = directory.location.size;
    if (const auto& posix = directory.self.system_use.posix) {
        up.mode = posix->mode;
        up.links = posix->links;
    }
    std::vector<base::Bytes> records{TRY(encode_record(tree_, self, *continuation_)),
                                     TRY(encode_record(tree_, up, *continuation_))};
    return edit_->write(tree_.offset_of(block), RawDirectory::of(std::move(records)).pack(), {parent, "add"});
}

/// Where names are not Rock Ridge's, the identifier is what readers see.
void TreePatcher::remember_name(const std::string& path, const NewRecord& record) {
    const std::string shown = displayed_name(tree_, record.identifier);
    if (!tree_.rock_ridge.present && shown != record.name) {
        renamed_[path] = shown;
    }
}

/// A directory has one more link for each directory in it: on its "." and on the record that leads to it.
base::Result<void> TreePatcher::count_subdirectory(const IsoMatch& match, const IsoDirectory& directory) {
    for (const IsoEntry* entry : {&directory.self, &match.entry}) {
        if (entry->system_use.px_offset == 0 || !entry->system_use.posix) {
            continue;
        }
        std::array<std::byte, 8> links{};
        put_both32(links, 0, directory.self.system_use.posix.value_or(*entry->system_use.posix).links + 1);
        TRY(edit_->write(entry->system_use.px_offset + kLinksField, links, {entry->name, "link-count"}));
    }
    return {};
}

/// The directory's content with `records` in it.
base::Result<base::Bytes> TreePatcher::with_records(const std::string& path, const IsoMatch& match,
                                                    const IsoDirectory& directory, std::vector<NewRecord> records) {
    std::set<std::string> taken;
    for (const IsoEntry& entry : directory.entries) {
        taken.insert(entry.identifier);
    }
    IdentifierChooser identifiers(tree_, std::move(taken));
    const RecordDate date = TRY(date_of(directory));
    std::vector<base::Bytes> encoded;
    for (NewRecord& record : records) {
        record.identifier = TRY(identifiers.choose(record.name, record.directory));
        record.date = date;
        record.serial = next_serial_++;
        remember_name(child_path(path, record.name), record);
        if (record.directory) {
            TRY(count_subdirectory(match, directory));
            added_.push_back({directory.location.block, record.block, record.identifier});
        }
        std::uint32_t& expected = expected_[path];
        expected -= std::min(expected, record_bound(record.name));
        encoded.push_back(TRY(encode_record(tree_, record, *continuation_)));
    }
    // Read only now: counting a subdirectory writes to the "." record.
    const std::uint64_t offset = tree_.offset_of(directory.location.block);
    auto raw = TRY(RawDirectory::parse(TRY(edit_->view().read_bytes(offset, directory.location.size))));
    for (base::Bytes& record : encoded) {
        raw.insert(tree_.kind, std::move(record));
    }
    return raw.pack();
}

/// At most one of `records` is a directory: the link count is read before any is added.
base::Result<void> TreePatcher::add_records(const std::string& path, std::vector<NewRecord> records) {
    const IsoMatch match = TRY(find(path));
    const IsoDirectory directory = TRY(image::read_directory(edit_->view(), tree_, match.entry.location));
    const std::string what = records.size() == 1 ? child_path(path, records.front().name) : path;
    base::Bytes content = TRY(with_records(path, match, directory, std::move(records)));
    if (content.size() > directory.location.size) {
        return move_directory(path, match, directory, std::move(content));
    }
    content.resize(directory.location.size);
    return edit_->write(tree_.offset_of(directory.location.block), content, {what, "add"});
}

}  // namespace isolde::vmedia
