// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/tree_patcher.h"

#include <array>

namespace isolde::vmedia {

/// A path table and where the descriptor says that it is.
struct TreePatcher::Table {
    std::uint32_t block = 0;
    image::PathTableOrder order = image::PathTableOrder::Little;
    std::size_t descriptor_field = 0;
};

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
    if (changes_.empty()) {
        return {};
    }
    auto old =
        TRY(image::read_path_table(edit_->view(), tree_, tree_.path_table_little, image::PathTableOrder::Little));
    const auto records = TRY(update_path_table(std::move(old), tree_.kind, changes_));
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
