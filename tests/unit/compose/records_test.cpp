// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/fields.h"
#include "vmedia/compose/directory_record.h"
#include "vmedia/compose/iso_names.h"
#include "vmedia/compose/path_table.h"

#include <gtest/gtest.h>

namespace isolde::vmedia {
namespace {

using image::IsoTree;
using image::TreeKind;

IsoTree primary(bool rock_ridge, bool version = true) {
    IsoTree tree;
    tree.rock_ridge.present = rock_ridge;
    tree.rock_ridge.px_length = 44;
    tree.version_suffix = version;
    return tree;
}

std::string identifier(const IsoTree& tree, const std::string& name, bool directory = false,
                       const std::set<std::string>& taken = {}) {
    return *IdentifierChooser(tree, taken).choose(name, directory);
}

TEST(NewIdentifier, IsUniqueEightPointThreeBesideRockRidge) {
    EXPECT_EQ(identifier(primary(true), "user-data"), "USER_DAT.;1");
    EXPECT_EQ(identifier(primary(true), "preseed.cfg"), "PRESEED.CFG;1");
    EXPECT_EQ(identifier(primary(true), "archive.tar.gz"), "ARCHIVE_.GZ;1");
    EXPECT_EQ(identifier(primary(true, false), "preseed.cfg"), "PRESEED.CFG");
    EXPECT_EQ(identifier(primary(true), "directory.with.dots", true), "DIRECTOR");
    EXPECT_EQ(identifier(primary(true), "preseed.cfg", false, {"PRESEED.CFG;1"}), "PRESEED1.CFG;1");
    EXPECT_EQ(identifier(primary(true), ".hidden"), "_HIDDEN.;1");
}

TEST(NewIdentifier, KeepsMoreOfTheNameWhereItIsTheOnlyOne) {
    EXPECT_EQ(identifier(primary(false), "network-config-of-node.yaml"), "NETWORK_CONFIG_OF_NODE.YAML;1");
}

TEST(NewIdentifier, JolietHasSixtyFourCharactersAtMost) {
    IsoTree tree;
    tree.kind = TreeKind::Joliet;
    EXPECT_EQ(identifier(tree, "a.b"), std::string("\0a\0.\0b\0;\0001", 10));
    tree.version_suffix = false;
    EXPECT_EQ(identifier(tree, "a*b"), std::string("\0a\0_\0b", 6));
    const std::string cut = identifier(tree, std::string(100, 'x') + ".yaml");
    EXPECT_EQ(cut.size(), 128U);
    EXPECT_EQ(image::utf16_to_utf8(base::as_bytes(cut), true).substr(58), "x.yaml");
}

TEST(ToJoliet, IsUcs2BigEndian) {
    EXPECT_EQ(to_joliet("\xC3\xA9"), std::string("\x00\xE9", 2));
    EXPECT_EQ(to_joliet("\xF0\x9F\x98\x80"), std::string("\0_", 2));
    EXPECT_EQ(to_joliet("\xC3"), std::string("\0_", 2));
}

TEST(IdentifierOrder, IsThatOfEcma119) {
    const auto before = [](const char* left, const char* right) {
        return identifier_before(TreeKind::Primary, left, right);
    };
    EXPECT_TRUE(before("A.;1", "AB.;1"));
    EXPECT_TRUE(before("A.TXT;1", "AB.TXT;1"));
    EXPECT_TRUE(before("FILE.A;1", "FILE.B;1"));
    EXPECT_FALSE(before("FILE.A;1", "FILE.A;1"));
    EXPECT_TRUE(before("FILE", "FILE.A;1"));
    EXPECT_FALSE(before("FILE2.A;1", "FILE1.Z;1"));
}

class Records : public testing::Test {
  protected:
    ImageEdit edit_{std::make_shared<const image::MemorySource>(base::Bytes(kBlockSize))};
    ContinuationArea continuation_{edit_};
};

TEST_F(Records, HaveTheFieldsOfEcma119) {
    NewRecord record;
    record.identifier = "A.;1";
    record.block = 0x01020304;
    record.size = 77;
    const auto bytes = encode_record(primary(false), record, continuation_, 0);
    ASSERT_TRUE(bytes.ok());
    EXPECT_EQ(image::field8(*bytes, 0), bytes->size());
    EXPECT_EQ(bytes->size() % 2, 0U);
    EXPECT_EQ(image::little32(*bytes, 2), 0x01020304U);
    EXPECT_EQ(image::big32(*bytes, 6), 0x01020304U);
    EXPECT_EQ(image::little32(*bytes, 10), 77U);
    EXPECT_EQ(image::text_field(*bytes, 33, 4), "A.;1");
}

TEST_F(Records, WithALongNameContinueElsewhere) {
    NewRecord record;
    record.identifier = "A.;1";
    record.name = std::string(240, 'n');
    record.mode = 0100644;
    const auto tree = primary(true);
    const auto bytes = encode_record(tree, record, continuation_, 0);
    ASSERT_TRUE(bytes.ok()) << bytes.error().to_string();
    EXPECT_LE(bytes->size(), 254U);
    image::ContinuationBudget budget;
    const auto area = base::ByteView(*bytes).subspan(38);
    const auto fields = image::read_system_use(edit_.view(), 0, 0, area, budget);
    ASSERT_TRUE(fields.ok());
    EXPECT_EQ(fields->name, record.name);
    EXPECT_EQ(fields->posix->mode, record.mode);
}

TEST_F(Records, ThatDoNotFitABlockStartTheNext) {
    const base::Bytes record = [] {
        base::Bytes bytes(200);
        bytes[0] = std::byte{200};
        return bytes;
    }();
    const base::Bytes packed = RawDirectory::of(std::vector<base::Bytes>(11, record)).pack();
    EXPECT_EQ(packed.size(), 2 * kBlockSize);
    EXPECT_EQ(packed[kBlockSize], std::byte{200});
    EXPECT_EQ(packed[2000], std::byte{0});
}

TEST_F(Records, AreRefusedWhenCut) {
    base::Bytes extent(kBlockSize);
    extent[0] = std::byte{20};
    EXPECT_EQ(RawDirectory::parse(extent).error().kind, base::ErrorKind::Corrupt);
    extent[0] = std::byte{40};
    extent[32] = std::byte{30};
    EXPECT_EQ(RawDirectory::parse(extent).error().kind, base::ErrorKind::Corrupt);
}

image::PathTableRecord table_record(const std::string& name, std::uint32_t block, std::uint16_t parent) {
    image::PathTableRecord record;
    record.identifier = name;
    record.block = block;
    record.parent = parent;
    return record;
}

std::string listed(const std::vector<image::PathTableRecord>& records) {
    std::string text;
    for (const auto& record : records) {
        text += (record.identifier[0] == '\0' ? "/" : record.identifier) + ":" + std::to_string(record.block) + "<" +
                std::to_string(record.parent) + " ";
    }
    return text;
}

TEST(PathTable, TakesNewDirectoriesInOrderAndRenumbersParents) {
    const std::vector<image::PathTableRecord> old{table_record(std::string(1, '\0'), 20, 1), table_record("B", 21, 1),
                                                  table_record("D", 22, 1), table_record("X", 23, 2),
                                                  table_record("Y", 24, 3)};
    const auto updated = update_path_table(old, TreeKind::Primary,
                                           {{}, {{20, 90, "C"}, {90, 91, "N"}, {22, 92, "A"}}, {{20, 80}, {80, 81}}});
    ASSERT_TRUE(updated.ok());
    EXPECT_EQ(listed(*updated), "/:81<1 B:21<1 C:90<1 D:22<1 X:23<2 N:91<3 A:92<4 Y:24<4 ");
}

TEST(PathTable, WithAParentThatIsNotThereIsCorrupt) {
    const std::vector<image::PathTableRecord> old{table_record(std::string(1, '\0'), 20, 1), table_record("B", 21, 9)};
    EXPECT_EQ(update_path_table(old, TreeKind::Primary, {}).error().kind, base::ErrorKind::Corrupt);
    EXPECT_EQ(update_path_table({old[0]}, TreeKind::Primary, {{}, {{55, 56, "N"}}, {}}).error().kind,
              base::ErrorKind::Corrupt);
}

TEST(PathTable, OfDirectoriesAllAtTheRemovedBlockEndsSoon) {
    std::vector<image::PathTableRecord> chain{table_record(std::string(1, '\0'), 20, 1)};
    for (std::uint16_t parent = 1; parent < 60'000; ++parent) {
        chain.push_back(table_record("D", 21, parent));
    }
    const auto updated = update_path_table(chain, TreeKind::Primary, {{21}, {}, {}});
    ASSERT_TRUE(updated.ok());
    EXPECT_EQ(updated->size(), 1U);
}

TEST(PathTable, FollowsMovesToLaterBlocksOnly) {
    EXPECT_EQ(final_place({{20, 80}, {80, 81}}, 20), 81U);
    EXPECT_EQ(final_place({{20, 80}, {80, 20}}, 20), 80U);
    EXPECT_EQ(final_place({{20, 20}}, 20), 20U);
}

}  // namespace
}  // namespace isolde::vmedia
