// SPDX-License-Identifier: GPL-3.0-or-later
//
// A path table of anybody's making: read, changed by a removal, a move and an addition, written and read again.
#include "sparse_input.h"
#include "vmedia/compose/path_table.h"

#include "base/check.h"

namespace isolde::vmedia {
namespace {

bool is_same(const std::vector<image::PathTableRecord>& left, const std::vector<image::PathTableRecord>& right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(), [](const auto& one, const auto& other) {
        return one.identifier == other.identifier && one.block == other.block && one.parent == other.parent;
    });
}

void check(const image::ByteSource& image, image::IsoTree tree, image::PathTableOrder order) {
    const auto records = image::read_path_table(image, tree, 0, order);
    if (!records.ok() || records->empty()) {
        return;
    }
    DirectoryChanges changes;
    changes.added.push_back({records->front().block, 4711, "NEW"});
    changes.moved[records->back().block] = 4712;
    changes.removed.insert((*records)[records->size() / 2].block);
    changes.removed.erase(records->front().block);
    static_cast<void>(children_of(*records));
    const auto updated = update_path_table(*records, tree.kind, changes);
    if (!updated.ok()) {
        return;
    }
    const image::MemorySource written(encode_path_table(*updated, order));
    tree.path_table_size = static_cast<std::uint32_t>(written.size());
    const auto again = image::read_path_table(written, tree, 0, order);
    ISOLDE_CHECK(again.ok() && is_same(*updated, *again));
}

}  // namespace
}  // namespace isolde::vmedia

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace isolde;
    const auto image = image::fuzz::plain_image(data, size);
    image::IsoTree tree;
    tree.path_table_size = static_cast<std::uint32_t>(size);
    vmedia::check(image, tree, image::PathTableOrder::Little);
    vmedia::check(image, tree, image::PathTableOrder::Big);
    return 0;
}
