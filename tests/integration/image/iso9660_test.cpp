// SPDX-License-Identifier: GPL-3.0-or-later
//
// ISO images made by xorriso and genisoimage, read by us and by libarchive, isoinfo and xorriso.
#include "image/classifier.h"
#include "image/el_torito.h"
#include "image/isomd5.h"
#include "made_iso.h"

#include <regex>

namespace isolde::image::tests {
namespace {

struct Extent {
    std::uint64_t block;
    std::uint64_t size;
    bool operator==(const Extent&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Extent& extent) {
    return out << "block " << extent.block << " size " << extent.size;
}

/// First block and size of each regular file that has content, by xorriso.
std::map<std::string, Extent> extents_by_xorriso(const std::string& iso) {
    std::map<std::string, Extent> extents;
    const std::regex line_form("File data lba: +0 , +([0-9]+) , +[0-9]+ , +([0-9]+) , '(.*)'");
    for (const auto& line :
         lines_of(output_of({"xorriso", "-indev", iso, "-find", "/", "-type", "f", "-exec", "report_lba"}))) {
        if (std::smatch match; std::regex_match(line, match, line_form) && match[2] != "0") {
            extents[match[3]] = {std::stoull(match[1]), std::stoull(match[2])};
        }
    }
    return extents;
}

std::map<std::string, Extent> extents_by_us(const ByteSource& image, const IsoTree& tree) {
    std::map<std::string, Extent> extents;
    const auto walked = walk(image, tree, [&](const std::string& path, const IsoEntry& entry, DirectoryLocation) {
        if (entry.type == IsoEntryType::File && entry.size() != 0) {
            extents[path] = {tree.base_block + entry.record().block, entry.size()};
        }
        return base::Result<void>();
    });
    EXPECT_TRUE(walked.ok());
    return extents;
}

class EveryLayout : public testing::TestWithParam<const char*> {
  protected:
    std::string iso_ = iso_of_layout(GetParam());
    std::shared_ptr<const FileSource> image_ = open_image(iso_);
    IsoVolume volume_ = read_iso9660(*image_).value();
};

TEST_P(EveryLayout, HasTheSamePathsAsLibarchiveReads) {
    EXPECT_EQ(paths_of(*image_, volume_.primary()), paths_by_bsdtar(iso_));
}

TEST_P(EveryLayout, HasVersionsInItsJolietNamesWhereIsoinfoShowsThem) {
    ASSERT_EQ(volume_.trees.at(1).kind, TreeKind::Joliet);
    const auto names = lines_of(output_of({"isoinfo", "-J", "-f", "-i", iso_}));
    const bool shown = std::any_of(names.begin(), names.end(), [](const auto& name) { return name.ends_with(";1"); });
    EXPECT_EQ(volume_.trees.at(1).version_suffix, shown);
}

TEST_P(EveryLayout, HasTheSamePathsAsIsoinfoReadsByRockRidgeAndJoliet) {
    ASSERT_EQ(volume_.trees.at(1).kind, TreeKind::Joliet);
    EXPECT_EQ(paths_of(*image_, volume_.primary()), paths_by_isoinfo(iso_, "-R"));
    EXPECT_EQ(paths_of(*image_, volume_.trees.at(1)), paths_by_isoinfo(iso_, "-J"));
}

TEST_P(EveryLayout, PlacesEachFileWhereXorrisoDoes) {
    auto theirs = extents_by_xorriso(iso_);
    auto ours = extents_by_us(*image_, volume_.primary());
    EXPECT_GT(theirs.size(), 8U);
    for (const auto& [path, extent] : theirs) {
        EXPECT_EQ(ours[path], extent) << path;
    }
}

TEST_P(EveryLayout, ReadsTheContentThatLibarchiveReads) {
    const std::string path = "/boot/grub/grub.cfg";
    const auto match =
        find(*image_, volume_.primary(), GetParam() == std::string("fedora") ? "/EFI/BOOT/grub.cfg" : path);
    ASSERT_TRUE(match.ok()) << match.error().to_string();
    const auto content = read_content(*image_, volume_.primary(), match->entry, 1 << 20);
    const std::string inside = GetParam() == std::string("fedora") ? "EFI/BOOT/grub.cfg" : "boot/grub/grub.cfg";
    EXPECT_EQ(base::as_text(*content), output_of({"bsdtar", "-xOf", iso_, inside}));
}

TEST_P(EveryLayout, DirectoryRecordsStandWhereTheyAreSaidTo) {
    const auto walked =
        walk(*image_, volume_.primary(),
             [&](const std::string& path, const IsoEntry& entry, DirectoryLocation) -> base::Result<void> {
                 for (const DirectoryRecord& record : entry.records) {
                     const auto bytes = TRY(image_->read_bytes(record.offset, record.length));
                     EXPECT_EQ(std::to_integer<unsigned>(bytes[0]), record.length) << path;
                     EXPECT_EQ(std::string(base::as_text(bytes).substr(33, entry.identifier.size())), entry.identifier);
                 }
                 return {};
             });
    EXPECT_TRUE(walked.ok());
}

TEST_P(EveryLayout, PathTablesNameEachDirectoryOnce) {
    for (const IsoTree& tree : volume_.trees) {
        const auto little = read_path_table(*image_, tree, tree.path_table_little, PathTableOrder::Little);
        const auto big = read_path_table(*image_, tree, tree.path_table_big, PathTableOrder::Big);
        ASSERT_TRUE(little.ok() && big.ok()) << to_string(tree);
        ASSERT_EQ(little->size(), big->size());
        EXPECT_EQ(little->front().block, tree.root.block);
        std::size_t directories = 1;
        EXPECT_TRUE(walk(*image_, tree, [&](const std::string&, const IsoEntry& entry, DirectoryLocation) {
                        directories += entry.is_directory() ? 1U : 0U;
                        return base::Result<void>();
                    }).ok());
        EXPECT_EQ(little->size(), directories) << to_string(tree);
    }
}

TEST_P(EveryLayout, IsClassifiedWithBothBootPaths) {
    const auto result = classify(*image_);
    ASSERT_TRUE(result.ok());
    EXPECT_EQ(result->name, "iso9660");
    EXPECT_EQ(result->boot_entries, (std::vector<std::string>{"BIOS", "UEFI"}));
    EXPECT_TRUE(result->mbr);
    EXPECT_TRUE(result->gpt);
    EXPECT_EQ(result->isomd5, GetParam() == std::string("fedora"));
}

INSTANTIATE_TEST_SUITE_P(Image, EveryLayout, testing::Values("debian", "ubuntu", "fedora"),
                         [](const auto& row) { return std::string(row.param); });

TEST(PartitionTwin, HasTreesOfTheSamePathsWithBlocksOfTheirOwn) {
    const auto image = open_image(iso_of_layout("ubuntu"));
    const auto volume = read_iso9660(*image).value();
    ASSERT_EQ(volume.trees.size(), 4U);
    EXPECT_EQ(volume.twin_partition, 16U);
    for (std::size_t index = 2; index < 4; ++index) {
        const IsoTree& twin = volume.trees[index];
        EXPECT_TRUE(twin.twin);
        EXPECT_EQ(twin.base_block, 16U);
        EXPECT_EQ(paths_of(*image, twin), paths_of(*image, volume.trees[index - 2]));
        EXPECT_EQ(extents_by_us(*image, twin), extents_by_us(*image, volume.trees[index - 2]));
    }
}

/// A tree that is deeper than ECMA-119 allows, so that genisoimage moves directories (rr_moved).
std::string relocated_iso() {
    const std::string tree = scratch() + "/deep-tree";
    const std::string iso = scratch() + "/deep.iso";
    EXPECT_TRUE(base::make_directories(tree + "/1/2/3/4/5/6/7/8/9/10/11").ok());
    EXPECT_TRUE(base::write_durably(tree + "/1/2/3/4/5/6/7/8/9/10/11/bottom.txt", "deep").ok());
    EXPECT_TRUE(base::write_durably(tree + "/1/" + std::string(200, 'n') + ".a long name", "x").ok());
    output_of({"genisoimage", "-quiet", "-R", "-o", iso, tree});
    return iso;
}

TEST(RelocatedDirectories, AreFoundWhereTheyBelong) {
    const std::string iso = relocated_iso();
    const auto image = open_image(iso);
    const auto volume = read_iso9660(*image).value();
    auto paths = paths_of(*image, volume.primary());
    EXPECT_TRUE(paths.count("/1/2/3/4/5/6/7/8/9/10/11/bottom.txt"));
    EXPECT_TRUE(paths.count("/1/" + std::string(200, 'n') + ".a long name"));
    const auto match = find(*image, volume.primary(), "/1/2/3/4/5/6/7/8/9/10/11/bottom.txt");
    ASSERT_TRUE(match.ok()) << match.error().to_string();
    EXPECT_EQ(base::as_text(*read_content(*image, volume.primary(), match->entry, 100)), "deep");
}

TEST(PlainIso, IsReadWithoutVersionsAndIgnoringCase) {
    const std::string tree = scratch() + "/plain-tree";
    const std::string iso = scratch() + "/plain.iso";
    ASSERT_TRUE(base::make_directories(tree + "/boot").ok());
    ASSERT_TRUE(base::write_durably(tree + "/boot/menu.cfg", "menu").ok());
    ASSERT_TRUE(base::write_durably(tree + "/kernel", "k").ok());
    output_of({"genisoimage", "-quiet", "-V", "PLAIN", "-o", iso, tree});
    const auto image = open_image(iso);
    const auto volume = read_iso9660(*image).value();
    EXPECT_FALSE(volume.primary().rock_ridge.present);
    EXPECT_TRUE(volume.primary().version_suffix);
    EXPECT_EQ(volume.primary().volume_id, "PLAIN");
    EXPECT_EQ(paths_of(*image, volume.primary()), (std::set<std::string>{"/BOOT", "/BOOT/MENU.CFG", "/KERNEL"}));
    EXPECT_TRUE(find(*image, volume.primary(), "/boot/menu.cfg").ok());
}

TEST(UdfBridge, IsSeenAsBoth) {
    const std::string tree = scratch() + "/udf-tree";
    const std::string iso = scratch() + "/udf.iso";
    ASSERT_TRUE(base::make_directories(tree).ok());
    ASSERT_TRUE(base::write_durably(tree + "/file.txt", "content").ok());
    output_of({"genisoimage", "-quiet", "-udf", "-R", "-o", iso, tree});
    EXPECT_EQ(classify(*open_image(iso))->name, "iso9660+udf");
}

TEST(IsoMd5Tag, HoldsWhatImplantisomd5Printed) {
    const std::string iso = iso_of_layout("fedora");
    const auto image = open_image(iso);
    const auto tag = read_isomd5(*image, read_iso9660(*image).value()).value();
    ASSERT_TRUE(tag.has_value());
    EXPECT_EQ(tag->skip_sectors, 15U);
    const auto checked = output_of({"checkisomd5", "--md5sumonly", iso});
    EXPECT_NE(checked.find(tag->md5), std::string::npos) << checked;
}

TEST(MemtestIso, IsAnIsoWithoutAnyKernelConfiguration) {
    const std::string iso = "/usr/lib/memtest86+/memtest86+x64.iso";
    if (!base::exists(iso)) {
        GTEST_SKIP() << "memtest86+ is not installed";
    }
    const auto image = open_image(iso);
    const auto result = classify(*image);
    EXPECT_TRUE(result->is_iso());
    EXPECT_FALSE(result->boot_entries.empty());
    EXPECT_EQ(paths_of(*image, read_iso9660(*image)->primary()), paths_by_bsdtar(iso));
}

}  // namespace
}  // namespace isolde::image::tests
