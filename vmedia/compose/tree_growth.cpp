// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/tree_patcher.h"

#include "image/fields.h"

#include <algorithm>
#include <array>

namespace isolde::vmedia {
namespace {

using image::IsoDirectory;
using image::IsoEntry;
using image::IsoMatch;

constexpr std::size_t kExtendedLengthField = 1;  // offsets in a directory record
constexpr std::size_t kBlockField = 2;

/// The 16 bytes of a record that say where its content is.
std::array<std::byte, 16> location_fields(std::uint32_t block, std::uint32_t size) {
    std::array<std::byte, 16> fields{};
    put_both32(fields, 0, block);
    put_both32(fields, 8, size);
    return fields;
}

base::Result<void> check_movable(const std::string& path, const IsoMatch& match, const IsoDirectory& directory) {
    const bool holds_relocated = std::any_of(
        directory.entries.begin(), directory.entries.end(),
        [](const IsoEntry& entry) { return entry.system_use.child_link.has_value() || entry.system_use.relocated; });
    if (match.entry.system_use.child_link || holds_relocated) {
        return base::unsupported("the directory " + path +
                                 " is full and Rock Ridge relocates it or a directory in it: put the file elsewhere");
    }
    return {};
}

}  // namespace

/// A path table and where the descriptor says that it is.
struct TreePatcher::Table {
    std::uint32_t block = 0;
    image::PathTableOrder order = image::PathTableOrder::Little;
    std::size_t descriptor_field = 0;
};

base::Result<void> TreePatcher::write_location(std::uint64_t record_offset, std::uint32_t block, std::uint32_t size,
                                               const ChangeReason& reason) {
    TRY(edit_->write(record_offset + kExtendedLengthField, std::array{std::byte{0}}, reason));
    return edit_->write(record_offset + kBlockField, location_fields(block, size), reason);
}

base::Result<void> TreePatcher::move_directory(const std::string& path, const IsoMatch& match,
                                               const IsoDirectory& directory, base::Bytes content) {
    TRY(check_movable(path, match, directory));
    content.resize(blocks_of(content.size() + reserve_for(path)) * kBlockSize);
    const auto size = static_cast<std::uint32_t>(content.size());
    const auto block = static_cast<std::uint32_t>(edit_->view().end_block() - tree_.base_block);
    const auto fields = location_fields(block, size);
    const std::size_t parent_record = image::field8(content, 0);
    std::copy(fields.begin(), fields.end(), content.begin() + kBlockField);
    content[kExtendedLengthField] = std::byte{0};
    if (path == "/") {
        std::copy(fields.begin(), fields.end(), content.begin() + static_cast<std::ptrdiff_t>(parent_record + 2));
    }
    edit_->append(content, {path, "grow-directory"});
    TRY(repoint_children(directory, block, size));
    moved_[directory.location.block] = block;
    if (path == "/") {
        return repoint_root(block, size);
    }
    return write_location(match.entry.record().offset, block, size, {path, "grow-directory"});
}

base::Result<void> TreePatcher::repoint_children(const IsoDirectory& directory, std::uint32_t block,
                                                 std::uint32_t size) {
    for (const IsoEntry& entry : directory.entries) {
        if (!entry.is_directory()) {
            continue;
        }
        const std::uint64_t offset = tree_.offset_of(entry.location.block);
        const base::Bytes self = TRY(edit_->view().read_bytes(offset, 1));
        TRY(write_location(offset + image::field8(self, 0), block, size, {entry.name, "grow-directory"}));
    }
    return {};
}

base::Result<void> TreePatcher::repoint_root(std::uint32_t block, std::uint32_t size) {
    tree_.root.block = block;
    tree_.root.size = size;
    tree_.root.extended_blocks = 0;
    warnings_.push_back("the root directory of the " + image::to_string(tree_) +
                        " tree was full and had to move: programs that read the image as a stream may not see all");
    return write_location(tree_.root.offset, block, size, {"volume descriptor", "grow-directory"});
}

/// Into its old place when it fits the blocks there, else behind the tail.
base::Result<void> TreePatcher::write_table(const Table& table, const std::vector<image::PathTableRecord>& records) {
    if (table.block == 0) {
        return {};
    }
    base::Bytes bytes = encode_path_table(records, table.order);
    std::uint32_t block = table.block;
    const ChangeReason reason{"path table", "path-table"};
    if (blocks_of(bytes.size()) > blocks_of(tree_.path_table_size)) {
        block = static_cast<std::uint32_t>(edit_->append(bytes, reason) - tree_.base_block);
    } else {
        bytes.resize(blocks_of(bytes.size()) * kBlockSize);
        TRY(edit_->write(tree_.offset_of(block), bytes, reason));
    }
    std::array<std::byte, 4> field{};
    if (table.order == image::PathTableOrder::Little) {
        put_little32(field, 0, block);
    } else {
        put_big32(field, 0, block);
    }
    return edit_->write(tree_.descriptor_offset + table.descriptor_field, field, reason);
}

base::Result<void> TreePatcher::finish() {
    if (added_.empty() && moved_.empty()) {
        return {};
    }
    auto old =
        TRY(image::read_path_table(edit_->view(), tree_, tree_.path_table_little, image::PathTableOrder::Little));
    const auto records = TRY(update_path_table(std::move(old), tree_.kind, added_, moved_));
    using Order = image::PathTableOrder;
    for (const Table& table :
         {Table{tree_.path_table_little, Order::Little, 140},
          Table{tree_.path_table_little_optional, Order::Little, 144}, Table{tree_.path_table_big, Order::Big, 148},
          Table{tree_.path_table_big_optional, Order::Big, 152}}) {
        TRY(write_table(table, records));
    }
    std::array<std::byte, 8> size{};
    put_both32(size, 0, static_cast<std::uint32_t>(encode_path_table(records, Order::Little).size()));
    TRY(edit_->write(tree_.descriptor_offset + 132, size, {"volume descriptor", "path-table"}));
    // Path table size and places, and the root's record, are the same in every descriptor of this tree.
    const base::Bytes shared = TRY(edit_->view().read_bytes(tree_.descriptor_offset + 132, 58));
    for (const image::IsoTree& other : sharing_) {
        TRY(edit_->write(other.descriptor_offset + 132, shared, {"volume descriptor", "path-table"}));
    }
    return {};
}

}  // namespace isolde::vmedia
