// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/iso9660.h"

#include "image/fields.h"
#include "image/iso9660_records.h"
#include "image/partition_table.h"

#include <algorithm>
#include <deque>

namespace isolde::image {
namespace {

constexpr std::uint32_t kFirstDescriptor = 16;
constexpr std::uint32_t kMaxDescriptors = 64;
constexpr std::size_t kLooksForVersions = 32;
constexpr std::size_t kRootRecordOffset = 156;
constexpr std::size_t kRootRecordLength = 34;

enum DescriptorType : std::uint8_t { kBootRecord = 0, kPrimary = 1, kSupplementary = 2, kTerminator = 255 };

bool has_signature(const ByteSource& image, std::uint64_t block) {
    const auto bytes = image.read_bytes(block * kIsoBlockSize + 1, 5);
    return bytes.ok() && base::as_text(*bytes) == "CD001";
}

bool is_joliet(base::ByteView descriptor) {
    return holds(descriptor, 88, "%/@") || holds(descriptor, 88, "%/C") || holds(descriptor, 88, "%/E");
}

/// Nothing for a supplementary descriptor of another character set.
std::optional<TreeKind> kind_of(base::ByteView descriptor) {
    if (field8(descriptor, 0) == kPrimary) {
        return TreeKind::Primary;
    }
    if (is_joliet(descriptor)) {
        return TreeKind::Joliet;
    }
    return field8(descriptor, 6) == 2 ? std::optional(TreeKind::Enhanced) : std::nullopt;
}

std::string descriptor_name(std::uint64_t offset) {
    return "the volume descriptor at byte " + std::to_string(offset);
}

base::Result<IsoTree> parse_tree(base::ByteView descriptor, TreeKind kind, std::uint32_t base_block,
                                 std::uint64_t offset) {
    if (little16(descriptor, 128) != kIsoBlockSize) {
        return base::unsupported(descriptor_name(offset) + " has logical blocks of " +
                                 std::to_string(little16(descriptor, 128)) + " bytes; only 2048 can be read");
    }
    IsoTree tree;
    tree.kind = kind;
    tree.twin = base_block != 0;
    tree.base_block = base_block;
    tree.descriptor_offset = offset;
    tree.volume_id =
        kind == TreeKind::Joliet ? utf16_to_utf8(descriptor.subspan(40, 32), true) : padded_text(descriptor, 40, 32);
    tree.volume_id.resize(tree.volume_id.find_last_not_of(std::string_view(" \0", 2)) + 1);
    tree.volume_blocks = little32(descriptor, 80);
    tree.path_table_size = little32(descriptor, 132);
    tree.path_table_little = little32(descriptor, 140);
    tree.path_table_little_optional = little32(descriptor, 144);
    tree.path_table_big = big32(descriptor, 148);
    tree.path_table_big_optional = big32(descriptor, 152);
    const auto record = descriptor.subspan(kRootRecordOffset, kRootRecordLength);
    tree.root = parse_record(record, offset + kRootRecordOffset);
    if (tree.root.length < kRootRecordLength || (tree.root.flags & kFlagDirectory) == 0) {
        return base::corrupt(descriptor_name(offset) + " has no record of a root directory");
    }
    return tree;
}

base::Result<RockRidge> detect_rock_ridge(const ByteSource& image, const IsoTree& tree) {
    const auto dot = TRY(read_root_system_use(image, tree));
    RockRidge result;
    result.present = dot.sharing_protocol && dot.posix.has_value();
    result.skip = dot.skip;
    result.px_length = dot.px_length;
    result.rr_field = dot.rr_field;
    return result;
}

/// What one directory tells of it, or nothing; directories in it go to `waiting`.
std::optional<bool> version_suffix_in(const ByteSource& image, const IsoTree& tree, DirectoryLocation location,
                                      std::deque<DirectoryLocation>& waiting) {
    std::optional<bool> suffix;
    std::size_t position = 0;
    ContinuationBudget budget;
    (void)visit_entries(image, tree, location, 0, budget, [&](const IsoEntry& entry, std::uint32_t) {
        const bool below = position++ >= 2;  // behind "." and ".."
        if (below && (entry.record().flags & kFlagDirectory) == 0) {
            suffix = entry.version_suffix;
        } else if (below && waiting.size() < kLooksForVersions) {
            waiting.push_back(entry.location);
        }
        return base::Result<bool>(!suffix && position < kLooksForVersions * kLooksForVersions);
    });  // A damaged directory tells nothing.
    return suffix;
}

/// How the first file is recorded, the root's before those of deeper directories; true when none is found soon.
bool uses_versions(const ByteSource& image, const IsoTree& tree) {
    std::deque<DirectoryLocation> waiting{tree.root_location()};
    for (std::size_t looks = 0; looks < kLooksForVersions && !waiting.empty(); ++looks) {
        const DirectoryLocation here = waiting.front();
        waiting.pop_front();
        if (const auto suffix = version_suffix_in(image, tree, here, waiting)) {
            return *suffix;
        }
    }
    return true;
}

base::Result<void> complete_tree(const ByteSource& image, IsoTree& tree) {
    const std::string what = "reading the root of the " + to_string(tree) + " tree";
    if (tree.kind != TreeKind::Joliet) {
        tree.rock_ridge = TRY(detect_rock_ridge(image, tree).with_context(what));
    }
    const DirectoryLocation root = tree.root_location();
    const auto block_size = static_cast<std::uint32_t>(kIsoBlockSize);
    TRY(check_directory_size(root, {}).with_context(what));
    TRY(read_directory(image, tree, {root.block, std::min(root.size, block_size)}).with_context(what));
    tree.version_suffix = uses_versions(image, tree);
    return {};
}

void take_boot_record(IsoVolume& volume, base::ByteView descriptor, std::uint64_t offset) {
    if (!volume.boot_catalog && holds(descriptor, 7, "EL TORITO SPECIFICATION")) {
        volume.boot_catalog = little32(descriptor, 71);
        volume.boot_record_offset = offset;
    }
}

base::Result<void> take_descriptor(IsoVolume& volume, base::ByteView descriptor, std::uint32_t base_block,
                                   std::uint64_t offset) {
    const std::uint8_t type = field8(descriptor, 0);
    if (type == kBootRecord && base_block == 0) {
        take_boot_record(volume, descriptor, offset);
    }
    if (type != kPrimary && type != kSupplementary) {
        return {};
    }
    const auto kind = kind_of(descriptor);
    if (!kind) {
        return {};
    }
    const bool repeated = std::any_of(volume.trees.begin(), volume.trees.end(), [&](const IsoTree& tree) {
        return tree.kind == *kind && tree.base_block == base_block;
    });
    if (repeated) {
        return {};  // ECMA-119 8.4 lets the primary descriptor be recorded again; the first one counts.
    }
    if (*kind == TreeKind::Primary && base_block == 0) {
        volume.modification_date = text_field(descriptor, 830, 16);
    }
    volume.trees.push_back(TRY(parse_tree(descriptor, *kind, base_block, offset)));
    return {};
}

/// Takes in the set that begins 16 blocks after `base_block`; returns how many descriptors it has.
base::Result<std::uint32_t> read_descriptor_set(const ByteSource& image, std::uint32_t base_block, IsoVolume& volume) {
    for (std::uint32_t index = 0; index < kMaxDescriptors; ++index) {
        const std::uint64_t offset = (std::uint64_t{base_block} + kFirstDescriptor + index) * kIsoBlockSize;
        const auto descriptor = TRY(image.read_bytes(offset, kIsoBlockSize));
        if (!holds(descriptor, 1, "CD001")) {
            return base::corrupt(descriptor_name(offset) + " is missing: the set has no terminator");
        }
        if (field8(descriptor, 0) == kTerminator) {
            return index + 1;
        }
        TRY(take_descriptor(volume, descriptor, base_block, offset));
    }
    return base::corrupt("there are more than " + std::to_string(kMaxDescriptors) + " volume descriptors");
}

/// First blocks of partitions, which may hold a second descriptor set.
std::vector<std::uint32_t> partition_blocks(const PartitionTables& tables) {
    constexpr std::uint64_t kSectorsPerBlock = kIsoBlockSize / kSectorSize;
    std::vector<std::uint32_t> blocks;
    const auto add = [&](std::uint64_t sector) {
        if (sector != 0 && sector % kSectorsPerBlock == 0 && sector / kSectorsPerBlock <= UINT32_MAX) {
            blocks.push_back(static_cast<std::uint32_t>(sector / kSectorsPerBlock));
        }
    };
    if (tables.mbr) {
        for (const auto& partition : tables.mbr->partitions) add(partition.first_sector);
    }
    if (tables.gpt) {
        for (const auto& partition : tables.gpt->partitions) add(partition.first_sector);
    }
    return blocks;
}

std::optional<std::uint32_t> find_twin(const ByteSource& image, const PartitionTables& tables) {
    for (const std::uint32_t block : partition_blocks(tables)) {
        if (has_signature(image, std::uint64_t{block} + kFirstDescriptor)) {
            return block;
        }
    }
    return std::nullopt;
}

void put_primary_first(std::vector<IsoTree>& trees) {
    std::stable_partition(trees.begin(), trees.end(),
                          [](const IsoTree& tree) { return !tree.twin && tree.kind == TreeKind::Primary; });
}

}  // namespace

std::string to_string(const IsoTree& tree) {
    const char* const kinds[] = {"primary", "Joliet", "ISO 9660:1999"};
    return std::string(kinds[static_cast<std::size_t>(tree.kind)]) + (tree.twin ? ", twin" : "");
}

bool is_iso9660(const ByteSource& image) {
    return has_signature(image, kFirstDescriptor);
}

base::Result<IsoVolume> read_iso9660(const ByteSource& image) {
    return read_iso9660(image, TRY(read_partition_tables(image)));
}

base::Result<IsoVolume> read_iso9660(const ByteSource& image, const PartitionTables& tables) {
    if (!is_iso9660(image)) {
        return base::unsupported("this is no ISO 9660 image: \"CD001\" does not stand at byte 32769");
    }
    IsoVolume volume;
    volume.descriptor_count = TRY(read_descriptor_set(image, 0, volume));
    put_primary_first(volume.trees);
    if (volume.trees.empty() || volume.primary().kind != TreeKind::Primary) {
        return base::corrupt("the image has no primary volume descriptor");
    }
    volume.twin_partition = find_twin(image, tables);
    if (volume.twin_partition) {
        TRY(read_descriptor_set(image, *volume.twin_partition, volume).with_context("reading the partition twin"));
    }
    for (IsoTree& tree : volume.trees) {
        TRY(complete_tree(image, tree));
    }
    return volume;
}

}  // namespace isolde::image
