// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/path_table.h"

#include "vmedia/compose/image_edit.h"
#include "vmedia/compose/iso_names.h"

#include <algorithm>

namespace isolde::vmedia {
namespace {

using image::PathTableOrder;
using image::PathTableRecord;

constexpr std::size_t kMaxDirectories = 65'535;  // parents are numbered in 16 bits
constexpr std::size_t kFixedPart = 8;

/// Level by level from the root, each parent's children in their order: the order that ECMA-119 6.9.1 asks for.
base::Result<std::vector<PathTableRecord>> renumber(const std::vector<PathTableRecord>& records,
                                                    const PathTableChildren& children, std::size_t removed) {
    std::vector<PathTableRecord> ordered{records.front()};
    std::vector<std::size_t> queue{0};
    for (std::size_t head = 0; head < queue.size(); ++head) {
        for (const std::size_t child : children[queue[head]]) {
            ordered.push_back(records[child]);
            ordered.back().parent = static_cast<std::uint16_t>(head + 1);
            queue.push_back(child);
        }
    }
    if (ordered.size() + removed != records.size()) {
        return base::corrupt("the path table has directories that its root does not lead to");
    }
    return ordered;
}

void insert_child(std::vector<std::size_t>& siblings, const std::vector<PathTableRecord>& records, image::TreeKind kind,
                  std::size_t child) {
    const auto place = std::find_if(siblings.begin(), siblings.end(), [&](std::size_t sibling) {
        return identifier_before(kind, records[child].identifier, records[sibling].identifier);
    });
    siblings.insert(place, child);
}

/// Cuts the removed directories off their parents. How many records that takes away. A parent stands before its
/// children, so one pass marks all that is below a removed one.
std::size_t cut_removed(PathTableChildren& children, const std::vector<PathTableRecord>& records,
                        const std::set<std::uint32_t>& removed) {
    std::vector<bool> gone(records.size());
    std::size_t count = 0;
    for (std::size_t parent = 0; parent < children.size(); ++parent) {
        for (const std::size_t child : children[parent]) {
            gone[child] = gone[parent] || removed.contains(records[child].block);
            if (gone[child]) {
                ++count;
            }
        }
        std::erase_if(children[parent], [&](std::size_t child) { return gone[child]; });
    }
    return count;
}

}  // namespace

std::uint32_t final_place(const MovedDirectories& moved, std::uint32_t block) {
    for (auto next = moved.find(block); next != moved.end() && next->second > block; next = moved.find(block)) {
        block = next->second;
    }
    return block;
}

base::Result<PathTableChildren> children_of(const std::vector<PathTableRecord>& records) {
    PathTableChildren children(records.size());
    for (std::size_t i = 1; i < records.size(); ++i) {
        const std::size_t parent = records[i].parent;
        if (parent == 0 || parent > i) {
            return base::corrupt("path table record " + std::to_string(i + 1) + " names parent " +
                                 std::to_string(parent));
        }
        children[parent - 1].push_back(i);
    }
    return children;
}

std::vector<std::size_t> subtree_of(const PathTableChildren& children, std::size_t top) {
    std::vector<std::size_t> found{top};
    for (std::size_t head = 0; head < found.size(); ++head) {
        const std::vector<std::size_t>& below = children[found[head]];
        found.insert(found.end(), below.begin(), below.end());
    }
    return found;
}

base::Result<std::vector<PathTableRecord>> update_path_table(std::vector<PathTableRecord> records, image::TreeKind kind,
                                                             const DirectoryChanges& changes) {
    if (records.empty() || records.size() + changes.added.size() > kMaxDirectories) {
        return base::exhausted("a path table holds 1 to 65535 directories, not " +
                               std::to_string(records.size() + changes.added.size()));
    }
    PathTableChildren children = TRY(children_of(records));
    const std::size_t removed = cut_removed(children, records, changes.removed);
    std::map<std::uint32_t, std::size_t> index_of;
    for (std::size_t i = 0; i < records.size(); ++i) {
        records[i].block = final_place(changes.moved, records[i].block);
        index_of.emplace(records[i].block, i);
    }
    for (const NewDirectory& directory : changes.added) {
        const auto parent = index_of.find(final_place(changes.moved, directory.parent_block));
        if (parent == index_of.end()) {
            return base::corrupt("the path table does not list the directory at block " +
                                 std::to_string(directory.parent_block));
        }
        PathTableRecord record;
        record.identifier = directory.identifier;
        record.block = final_place(changes.moved, directory.block);
        index_of.emplace(record.block, records.size());
        records.push_back(record);
        children.emplace_back();
        insert_child(children[parent->second], records, kind, records.size() - 1);
    }
    return renumber(records, children, removed);
}

base::Bytes encode_path_table(const std::vector<PathTableRecord>& records, PathTableOrder order) {
    base::Bytes table;
    for (const PathTableRecord& record : records) {
        const std::size_t at = table.size();
        const std::size_t length = kFixedPart + record.identifier.size();
        table.resize(at + length + length % 2);
        const auto bytes = std::span(table).subspan(at);
        bytes[0] = static_cast<std::byte>(record.identifier.size());
        bytes[1] = static_cast<std::byte>(record.extended_blocks);
        if (order == PathTableOrder::Little) {
            put_little32(bytes, 2, record.block);
            put_little16(bytes, 6, record.parent);
        } else {
            put_big32(bytes, 2, record.block);
            put_big16(bytes, 6, record.parent);
        }
        const auto identifier = base::as_bytes(record.identifier);
        std::copy(identifier.begin(), identifier.end(), bytes.begin() + kFixedPart);
    }
    return table;
}

}  // namespace isolde::vmedia
