// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/tree_patcher.h"

#include "image/fields.h"

#include <algorithm>
#include <array>

namespace isolde::vmedia {
namespace {

using image::DirectoryLocation;
using image::IsoDirectory;
using image::IsoEntry;

constexpr std::size_t kExtendedLengthField = 1;  // offsets in a directory record
constexpr std::size_t kBlockField = 2;
constexpr std::size_t kLinkField = 4;          // in CL and PL
constexpr std::size_t kMovedDirectories = 64;  // that one may take with it
constexpr std::uint32_t kMovedSize = 64U << 10U;

/// The 16 bytes of a record that say where its content is.
std::array<std::byte, 16> location_fields(std::uint32_t block, std::uint32_t size) {
    std::array<std::byte, 16> fields{};
    put_both32(fields, 0, block);
    put_both32(fields, 8, size);
    return fields;
}

bool has_subdirectories(const IsoDirectory& directory) {
    return std::any_of(directory.entries.begin(), directory.entries.end(),
                       [](const IsoEntry& entry) { return entry.is_directory(); });
}

bool is_root(const image::IsoTree& tree, const IsoDirectory& directory) {
    return directory.location.block == tree.root_location().block;
}

}  // namespace

/// The base's path table: which directory is at which block, and what is below it.
struct TreePatcher::Directories {
    std::vector<image::PathTableRecord> records;
    PathTableChildren children;
    std::map<std::uint32_t, std::size_t> by_block;

    std::optional<std::size_t> at(std::uint32_t block) const {
        const auto found = by_block.find(block);
        return found == by_block.end() ? std::nullopt : std::optional(found->second);
    }
    std::uint32_t block(std::size_t index) const { return records[index].block + records[index].extended_blocks; }
};

base::Result<std::shared_ptr<const TreePatcher::Directories>> TreePatcher::directories() {
    if (!directories_) {
        Directories all;
        all.records =
            TRY(image::read_path_table(edit_->view(), tree_, tree_.path_table_little, image::PathTableOrder::Little));
        all.children = TRY(children_of(all.records));
        for (std::size_t i = 0; i < all.records.size(); ++i) {
            all.by_block.emplace(all.block(i), i);
        }
        directories_ = std::make_shared<const Directories>(std::move(all));
    }
    return directories_;
}

std::uint32_t TreePatcher::origin_of(std::uint32_t block) const {
    const auto origin = origins_.find(block);
    return origin == origins_.end() ? block : origin->second;
}

/// True when the blocks of this directory of the base are no longer in use: it was moved or removed.
bool TreePatcher::is_free(const Directories& all, std::size_t index) const {
    if (changes_.moved.contains(all.block(index))) {
        return true;
    }
    while (index != 0 && !changes_.removed.contains(all.block(index))) {
        index = std::size_t{all.records[index].parent} - 1;
    }
    return index != 0;
}

/// Where the directory that holds this one is. Its ".." does not tell: libisofs writes the directory's own place there,
/// in Joliet trees.
base::Result<std::uint32_t> TreePatcher::parent_block(const IsoDirectory& directory) {
    const std::uint32_t origin = origin_of(directory.location.block);
    for (const NewDirectory& added : changes_.added) {
        if (added.block == origin) {
            return final_place(changes_.moved, added.parent_block);
        }
    }
    const auto all = TRY(directories());
    const auto index = all->at(origin);
    if (!index) {
        return base::corrupt("the path table does not list the directory at block " + std::to_string(origin));
    }
    return final_place(changes_.moved, all->block(std::size_t{all->records[*index].parent} - 1));
}

base::Result<void> TreePatcher::write_location(std::uint64_t record_offset, std::uint32_t block, std::uint32_t size,
                                               const ChangeReason& reason) {
    TRY(edit_->write(record_offset + kExtendedLengthField, std::array{std::byte{0}}, reason));
    return edit_->write(record_offset + kBlockField, location_fields(block, size), reason);
}

/// The size of a directory of which only the block is known stands in its ".".
base::Result<DirectoryLocation> TreePatcher::location_at(std::uint32_t block) const {
    const base::Bytes self = TRY(edit_->view().read_bytes(tree_.offset_of(block), 34));
    return DirectoryLocation{block, image::little32(self, 10)};
}

/// Where the directory leads down: ".." of those in it, and PL of those that Rock Ridge relocates from it.
base::Result<void> TreePatcher::repoint_children(const IsoDirectory& directory, std::uint32_t block,
                                                 std::uint32_t size) {
    for (const IsoEntry& entry : directory.entries) {
        if (!entry.is_directory() || entry.location.block == directory.location.block) {
            continue;
        }
        const ChangeReason reason{entry.name, "grow-directory"};
        // ".." stands in the first block.
        const auto first_block = std::min(entry.location.size, static_cast<std::uint32_t>(kBlockSize));
        const IsoDirectory child = TRY(directory_at({entry.location.block, first_block}));
        if (!entry.system_use.child_link) {
            TRY(write_location(child.parent.record().offset, block, size, reason));
        } else if (child.parent.system_use.pl_offset != 0) {
            std::array<std::byte, 8> link{};
            put_both32(link, 0, block);
            TRY(edit_->write(child.parent.system_use.pl_offset + kLinkField, link, reason));
        }
    }
    return {};
}

/// Where others lead to the directory: its record, and the CL of a relocated one; the root's descriptor and "..".
base::Result<void> TreePatcher::repoint_parents(const IsoDirectory& directory, std::uint32_t block,
                                                std::uint32_t size) {
    const std::uint32_t old = directory.location.block;
    if (is_root(tree_, directory)) {
        tree_.root.block = block;
        tree_.root.size = size;
        tree_.root.extended_blocks = 0;
        return write_location(tree_.root.offset, block, size, {"volume descriptor", "grow-directory"});
    }
    const auto above = TRY(location_at(TRY(parent_block(directory))));
    bool found = false;
    for (const IsoEntry& entry : TRY(directory_at(above)).entries) {
        if (!entry.system_use.child_link && entry.is_directory() && entry.location.block == old) {
            TRY(write_location(entry.record().offset, block, size, {entry.name, "grow-directory"}));
            found = true;
        }
    }
    if (!found) {
        return base::corrupt("the directory at block " + std::to_string(old) + " is not in the one that it names");
    }
    if (!directory.parent.system_use.parent_link) {
        return {};
    }
    const auto logical = TRY(location_at(*directory.parent.system_use.parent_link));
    for (const IsoEntry& entry : TRY(directory_at(logical)).entries) {
        if (entry.system_use.child_link == old) {
            std::array<std::byte, 8> link{};
            put_both32(link, 0, block);
            TRY(edit_->write(entry.system_use.cl_offset + kLinkField, link, {entry.name, "grow-directory"}));
        }
    }
    return {};
}

/// The directory's records stand at `block` already: all that names its place is told.
base::Result<void> TreePatcher::place_directory(const IsoDirectory& directory, std::uint32_t block,
                                                std::uint32_t size) {
    const std::uint64_t offset = tree_.offset_of(block);
    const base::Bytes self = TRY(edit_->view().read_bytes(offset, 1));
    const ChangeReason reason{"directory", "grow-directory"};
    TRY(repoint_parents(directory, block, size));
    TRY(write_location(offset, block, size, reason));
    if (is_root(tree_, directory) || directory.parent.record().block == directory.location.block) {
        TRY(write_location(offset + image::field8(self, 0), block, size, reason));
    }
    return repoint_children(directory, block, size);
}

base::Result<void> TreePatcher::move_behind_tail(DirectoryLocation from, std::uint32_t size) {
    const IsoDirectory directory = TRY(directory_at(from));
    base::Bytes content = TRY(edit_->view().read_bytes(tree_.offset_of(from.block), from.size));
    content.resize(blocks_of(std::max<std::uint64_t>(size, content.size())) * kBlockSize);
    const auto block =
        static_cast<std::uint32_t>(edit_->append(content, {directory.self.name, "grow-directory"}) - tree_.base_block);
    TRY(place_directory(directory, block, static_cast<std::uint32_t>(content.size())));
    changes_.moved[from.block] = block;
    origins_[block] = origin_of(from.block);
    return {};
}

/// Directories that can be read behind the tail as well as where they are.
base::Result<bool> TreePatcher::may_move(const Directories& all, const std::vector<std::size_t>& moving) const {
    if (moving.size() > kMovedDirectories) {
        return false;
    }
    for (const std::size_t index : moving) {
        const std::uint32_t block = all.block(index);
        const auto location = TRY(location_at(block));
        if (location.size > kMovedSize) {
            return false;
        }
        const auto raw = TRY(RawDirectory::parse(TRY(edit_->view().read_bytes(tree_.offset_of(block), location.size))));
        if (raw.leads_elsewhere(tree_.rock_ridge)) {
            return false;  // readers of streams want that behind the directory and before the file
        }
    }
    return true;
}

base::Result<void> TreePatcher::move_all(const Directories& all, const std::vector<std::size_t>& moving) {
    for (const std::size_t index : moving) {
        TRY(move_behind_tail(TRY(location_at(all.block(index))), 0));
    }
    return {};
}

/// The blocks behind a directory are commonly other directories of the tree.
base::Result<bool> TreePatcher::take_blocks_behind(const IsoDirectory& directory, std::uint32_t size) {
    const auto held = TRY(directories());
    const Directories& all = *held;
    const auto own = all.at(directory.location.block);
    const std::uint32_t goal = directory.location.block + static_cast<std::uint32_t>(blocks_of(size));
    std::uint32_t next = directory.location.block + static_cast<std::uint32_t>(blocks_of(directory.location.size));
    std::vector<std::size_t> moving;
    while (own && next < goal) {
        const auto behind = all.at(next);
        if (!behind) {
            return false;
        }
        for (const std::size_t index : subtree_of(all.children, *behind)) {
            if (!is_free(all, index) && std::count(moving.begin(), moving.end(), index) == 0) {
                moving.push_back(index);
            }
        }
        next += static_cast<std::uint32_t>(std::max<std::uint64_t>(1, blocks_of(TRY(location_at(next)).size)));
    }
    if (!own || std::count(moving.begin(), moving.end(), *own) > 0 || !TRY(may_move(all, moving))) {
        return false;
    }
    TRY(move_all(all, moving));
    const DirectoryLocation now = directory.location;
    const std::uint64_t old_end = tree_.offset_of(now.block) + blocks_of(now.size) * kBlockSize;
    TRY(edit_->write(old_end, base::Bytes(tree_.offset_of(next) - old_end), {directory.self.name, "grow-directory"}));
    const auto larger = static_cast<std::uint32_t>((next - now.block) * kBlockSize);
    TRY(place_directory(TRY(directory_at(now)), now.block, larger));
    return true;
}

base::Result<bool> TreePatcher::move_with_subdirectories(const IsoDirectory& directory, std::uint32_t size) {
    const auto held = TRY(directories());
    const Directories& all = *held;
    const auto own = all.at(directory.location.block);
    if (!own) {
        return false;
    }
    std::vector<std::size_t> moving = subtree_of(all.children, *own);
    std::erase_if(moving, [&](std::size_t index) { return index != *own && is_free(all, index); });
    if (!TRY(may_move(all, moving))) {
        return false;
    }
    TRY(move_behind_tail(directory.location, size));
    TRY(move_all(all, {moving.begin() + 1, moving.end()}));
    return true;
}

/// At least `size` bytes for the records of `directory`, which keeps those that it has.
base::Result<void> TreePatcher::make_room(const std::string& path, const IsoDirectory& directory, std::uint32_t size) {
    const bool root = is_root(tree_, directory);
    if ((root || has_subdirectories(directory)) && TRY(take_blocks_behind(directory, size))) {
        return {};
    }
    if (!root && TRY(move_with_subdirectories(directory, size))) {
        return {};
    }
    if (root || has_subdirectories(directory)) {
        warnings_.push_back("the directory " + path + " of the " + image::to_string(tree_) +
                            " tree is full and had to move to the end of the image: programs that read the image as a "
                            "stream (bsdtar) do not find the directories in it; put the files into a new directory");
    }
    return move_behind_tail(directory.location, size);
}

}  // namespace isolde::vmedia
