// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/tree_patcher.h"

#include "image/fields.h"
#include "vmedia/compose/iso_names.h"

#include <algorithm>
#include <array>

namespace isolde::vmedia {
namespace {

using image::IsoDirectory;
using image::IsoEntry;
using image::IsoMatch;

constexpr std::uint32_t kDirectoryType = 0040000;
constexpr std::uint32_t kDirectoryMode = kDirectoryType | 0555;
constexpr std::uint32_t kSymlinkMode = 0120777;
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
std::uint32_t record_bound(std::string_view name, std::string_view link_target = {}) {
    return static_cast<std::uint32_t>(std::min<std::size_t>(254, 160 + 2 * name.size() + 2 * link_target.size()));
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

base::Result<void> check_one_plain_section(std::string_view path, const IsoEntry& entry) {
    if (entry.type != image::IsoEntryType::File) {
        return base::unsupported(std::string(path) + " is no regular file and cannot be replaced");
    }
    if (entry.records.size() > 1) {
        return base::unsupported(std::string(path) +
                                 " is stored in several sections (above 4 GiB) and cannot be changed");
    }
    if (entry.system_use.zisofs) {
        return base::unsupported(std::string(path) + " is stored compressed (zisofs) and cannot be changed");
    }
    if (entry.record().interleave != 0) {
        return base::unsupported(std::string(path) + " is stored interleaved and cannot be changed");
    }
    return {};
}

}  // namespace

TreePatcher::TreePatcher(ImageEdit& edit, ContinuationArea& continuation, image::IsoTree tree)
    : edit_(&edit), continuation_(&continuation), tree_(std::move(tree)), lookup_(edit.view(), tree_) {}

void TreePatcher::share(const image::IsoTree& tree) {
    sharing_.push_back(tree);
    if (tree.kind == image::TreeKind::Enhanced) {
        tree_.kind = tree.kind;
    }
}

std::string TreePatcher::own_path(std::string_view path) const {
    if (renamed_.empty()) {
        return std::string(path);
    }
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
    follow_reshaped();
    return lookup_.match(own_path(path));
}

void TreePatcher::follow_reshaped() const {
    for (; followed_ < edit_->reshaped().size(); ++followed_) {
        const std::uint64_t block = edit_->reshaped()[followed_] / kBlockSize;
        lookup_.forget(static_cast<std::uint32_t>(block - tree_.base_block));
    }
}

base::Result<IsoDirectory> TreePatcher::directory_at(image::DirectoryLocation location) const {
    return image::read_directory(edit_->view(), tree_, location);
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
    TRY(check_one_plain_section(reason.file, entry));
    return write_location(entry.record().offset, static_cast<std::uint32_t>(content.block - tree_.base_block),
                          content.size, reason);
}

base::Result<void> TreePatcher::add(const std::vector<AddedEntry>& entries) {
    RecordsByDirectory wanted;
    for (const AddedEntry& entry : entries) {
        const PathParts parts = split_path(entry.path);
        wanted[parts.directory];
        if (entry.kind == FileKind::Directory) {
            modes_[entry.path] = kDirectoryType | entry.mode;
            wanted[entry.path];
        } else if (entry.kind == FileKind::File || holds_links()) {
            NewRecord record;
            record.name = parts.name;
            record.mode = entry.kind == FileKind::File ? kFileType | entry.mode : kSymlinkMode;
            record.link_target = entry.link_target;
            expected_[parts.directory] += record_bound(parts.name, entry.link_target);
            wanted[parts.directory].push_back(std::move(record));
        }
    }
    std::vector<std::string> named;
    for (const auto& [directory, records] : wanted) {
        named.push_back(directory);
    }
    for (const std::string& directory : named) {
        TRY(add_directories(wanted, directory));
    }
    for (auto& [directory, records] : wanted) {
        if (!records.empty()) {
            TRY(add_records(directory, std::move(records)));
        }
    }
    return {};
}

base::Result<void> TreePatcher::settle(const std::map<std::string, Content>& contents) {
    for (const auto& [path, content] : contents) {
        const auto match = find(path);
        if (match.ok()) {  // a link is in no tree without Rock Ridge
            const auto block = static_cast<std::uint32_t>(content.block - tree_.base_block);
            TRY(write_location(match->entry.record().offset, block, content.size, {split_path(path).directory, "add"}));
        } else if (match.error().kind != base::ErrorKind::NotFound) {
            return match.error();
        }
    }
    return {};
}

/// Those parts of `path` that are not there become records of the directories that hold them.
base::Result<void> TreePatcher::add_directories(RecordsByDirectory& wanted, const std::string& path) {
    for (std::string part = path; part.size() > 1;) {
        const auto match = find(part);
        if (match.ok()) {
            return match->entry.is_directory() ? base::Result<void>()
                                               : base::conflict(part + " in the image is no directory");
        }
        if (match.error().kind != base::ErrorKind::NotFound) {
            return match.error();
        }
        if (!counted_.insert(part).second) {
            return {};
        }
        const PathParts parts = split_path(part);
        NewRecord record;
        record.name = parts.name;
        record.directory = true;
        expected_[parts.directory] += record_bound(parts.name);
        wanted[parts.directory].push_back(std::move(record));
        part = parts.directory;
    }
    return {};
}

/// The "." and ".." of a new directory. The parent has its final place for now; if it moves later, that patches "..".
base::Result<void> TreePatcher::fill_directory(const IsoDirectory& parent, const NewRecord& record) {
    NewRecord self;
    self.identifier = std::string(1, '\0');
    self.block = record.block;
    self.size = record.size;
    self.directory = true;
    self.mode = record.mode;
    self.links = 2;
    self.serial = next_serial_++;
    self.date = record.date;
    NewRecord up = self;
    up.identifier = std::string(1, '\1');
    up.block = parent.location.block;
    up.size = parent.location.size;
    if (const auto& posix = parent.self.system_use.posix) {
        up.mode = posix->mode;
        up.links = posix->links;
    }
    const std::uint64_t place = tree_.offset_of(record.block) / kBlockSize;
    std::vector<base::Bytes> records;
    records.push_back(TRY(encode_record(tree_, self, *continuation_, place)));
    records.push_back(TRY(encode_record(tree_, up, *continuation_, place)));
    return edit_->write(tree_.offset_of(record.block), RawDirectory::of(std::move(records)).pack(),
                        {record.name, "add"});
}

/// Where names are not Rock Ridge's, the identifier is what readers see.
void TreePatcher::remember_name(const std::string& path, const NewRecord& record) {
    const std::string shown = displayed_name(tree_, record.identifier);
    if (!tree_.rock_ridge.present && shown != record.name) {
        renamed_[path] = shown;
    }
}

/// A directory has one link for each directory in it: on its "." and on the record that leads to it.
base::Result<void> TreePatcher::count_subdirectories(const IsoMatch& match, const IsoDirectory& directory, int change) {
    for (const IsoEntry* entry : {&directory.self, &match.entry}) {
        if (entry->system_use.px_offset == 0 || !entry->system_use.posix) {
            continue;
        }
        const std::uint32_t links = directory.self.system_use.posix.value_or(*entry->system_use.posix).links;
        if (change < 0 && links < 2 + static_cast<std::uint32_t>(-change)) {
            continue;  // an image whose directories do not count
        }
        std::array<std::byte, 8> field{};
        put_both32(field, 0, links + static_cast<std::uint32_t>(change));
        TRY(edit_->write(entry->system_use.px_offset + kLinksField, field, {entry->name, "link-count"}));
    }
    return {};
}

base::Result<void> TreePatcher::choose_identifiers(const std::string& path, const IsoDirectory& directory,
                                                   std::vector<NewRecord>& records) {
    std::set<std::string> taken;
    for (const IsoEntry& entry : directory.entries) {
        taken.insert(entry.identifier);
    }
    IdentifierChooser identifiers(tree_, std::move(taken));
    const RecordDate date = TRY(date_of(directory));
    for (NewRecord& record : records) {
        record.identifier = TRY(identifiers.choose(record.name, record.directory));
        record.date = date;
        record.serial = next_serial_++;
        remember_name(child_path(path, record.name), record);
        std::uint32_t& expected = expected_[path];
        expected -= std::min(expected, record_bound(record.name, record.link_target));
    }
    return {};
}

/// The directory's content with `records` in it.
base::Result<base::Bytes> TreePatcher::with_records(const IsoDirectory& directory,
                                                    const std::vector<NewRecord>& records,
                                                    ContinuationArea& continuation) const {
    const std::uint64_t offset = tree_.offset_of(directory.location.block);
    auto raw = TRY(RawDirectory::parse(TRY(edit_->view().read_bytes(offset, directory.location.size))));
    std::vector<base::Bytes> encoded;
    for (const NewRecord& record : records) {
        encoded.push_back(TRY(encode_record(tree_, record, continuation, offset / kBlockSize)));
    }
    raw.insert(tree_.kind, std::move(encoded));
    return raw.pack();
}

/// Extents of those of `records` that are directories, behind that of their parent.
base::Result<void> TreePatcher::make_extents(const std::string& path, const IsoMatch& match,
                                             const IsoDirectory& directory, std::vector<NewRecord>& records) {
    int made = 0;
    for (NewRecord& record : records) {
        if (!record.directory) {
            continue;
        }
        const std::string own = child_path(path, record.name);
        const auto mode = modes_.find(own);
        record.mode = mode == modes_.end() ? kDirectoryMode : mode->second;
        record.links = 2;
        record.size = static_cast<std::uint32_t>(blocks_of(reserve_for(own) + 2 * record_bound("")) * kBlockSize);
        record.block =
            static_cast<std::uint32_t>(edit_->append(base::Bytes(record.size), {own, "add"}) - tree_.base_block);
        changes_.added.push_back({directory.location.block, record.block, record.identifier});
        ++made;
    }
    return made == 0 ? base::Result<void>() : count_subdirectories(match, directory, made);
}

base::Result<void> TreePatcher::add_records(const std::string& path, std::vector<NewRecord> records) {
    IsoMatch match = TRY(find(path));
    IsoDirectory directory = TRY(directory_at(match.entry.location));
    const std::string what = records.size() == 1 ? child_path(path, records.front().name) : path;
    TRY(choose_identifiers(path, directory, records));
    auto measuring = ContinuationArea::measuring();
    const std::size_t needed = TRY(with_records(directory, records, measuring)).size();
    if (measuring.uses() > 0 && tree_.kind != image::TreeKind::Joliet && !tree_.twin) {
        warnings_.push_back("a name or the target of a link in " + path +
                            " is long: programs that read the image as a " + "stream (bsdtar) show it cut");
    }
    if (needed > directory.location.size) {
        TRY(make_room(path, directory, static_cast<std::uint32_t>(needed) + reserve_for(path)));
        match = TRY(find(path));
        directory = TRY(directory_at(match.entry.location));
    }
    TRY(make_extents(path, match, directory, records));
    base::Bytes content = TRY(with_records(directory, records, *continuation_));
    content.resize(directory.location.size);
    TRY(edit_->write(tree_.offset_of(directory.location.block), content, {what, "add"}));
    edit_->note_reshaped(tree_.offset_of(directory.location.block));
    for (const NewRecord& record : records) {
        if (record.directory) {
            TRY(fill_directory(directory, record));
        }
    }
    return {};
}

}  // namespace isolde::vmedia
