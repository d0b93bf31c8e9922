// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/iso9660.h"
#include "disk_bytes.h"

#include <gtest/gtest.h>

#include <functional>

namespace isolde::image::tests {
namespace {

using namespace std::string_view_literals;
using base::ErrorKind;

std::string content_of(const ByteSource& image, std::string_view path) {
    const auto volume = read_iso9660(image).value();
    const auto match = find(image, volume.primary(), path).value();
    return std::string(base::as_text(read_content(image, volume.primary(), match.entry, 1 << 20).value()));
}

/// Everything a reader does with an image.
base::Result<std::size_t> read_everything(const ByteSource& image) {
    std::size_t entries = 0;
    const auto volume = TRY(read_iso9660(image));
    for (const IsoTree& tree : volume.trees) {
        TRY(walk(image, tree, [&](const std::string&, const IsoEntry& entry, DirectoryLocation) -> base::Result<void> {
            ++entries;
            TRY(content_runs(image, tree, entry));
            return {};
        }));
    }
    return entries;
}

TEST(Iso9660, ReadsASmallImage) {
    const auto iso = small_iso();
    const auto image = iso.disk.source();
    const auto volume = read_iso9660(image).value();
    EXPECT_EQ(volume.trees.size(), 1U);
    EXPECT_EQ(volume.primary().volume_id, "SMALL");
    EXPECT_EQ(volume.descriptor_count, 2U);
    EXPECT_FALSE(volume.primary().rock_ridge.present);
    EXPECT_EQ(content_of(image, "/A.TXT"), "hello");
    EXPECT_EQ(content_of(image, "sub/b.txt"), "bye");
    EXPECT_EQ(read_everything(image).value(), 3U);
}

TEST(Iso9660, TellsWhereEachRecordStandsAndWhereADirectoryHasRoom) {
    const auto iso = small_iso();
    const auto image = iso.disk.source();
    const auto match = find(image, read_iso9660(image)->primary(), "/A.TXT").value();
    EXPECT_EQ(match.entry.record().offset, iso.file);
    EXPECT_EQ(match.entry.record().block, 30U);
    EXPECT_TRUE(match.entry.version_suffix);
    const auto directory = read_directory(image, read_iso9660(image)->primary(), match.directory).value();
    EXPECT_EQ(directory.used, iso.root_end - SmallIso::kRoot);
    EXPECT_EQ(directory.self.record().offset, SmallIso::kRoot);
}

TEST(Iso9660, MissingPathsAreNamed) {
    const auto image = small_iso().disk.source();
    for (const auto path : {"/NO", "/A.TXT/B", "/SUB/NO"}) {
        const auto match = find(image, read_iso9660(image)->primary(), path);
        ASSERT_FALSE(match.ok());
        EXPECT_EQ(match.error().kind, ErrorKind::NotFound);
        EXPECT_NE(match.error().message.find(path), std::string::npos);
    }
}

TEST(Iso9660, JoinsTheSectionsOfALargeFile) {
    auto iso = small_iso();
    const std::size_t second = put_record(iso.disk, iso.root_end, "BIG.;1", 32, kBlock, kFlagMultiExtent);
    put_record(iso.disk, second, "BIG.;1", 33, 7, 0);
    const auto image = iso.disk.source();
    const auto volume = read_iso9660(image).value();
    const auto match = find(image, volume.primary(), "/big").value();
    EXPECT_EQ(match.entry.records.size(), 2U);
    EXPECT_EQ(match.entry.size(), kBlock + 7);
    EXPECT_EQ(content_runs(image, volume.primary(), match.entry).value(),
              (std::vector<ByteRun>{{32 * kBlock, kBlock + 7}}));
}

TEST(Iso9660, TakesNamesAndSymbolicLinksFromRockRidge) {
    auto iso = small_iso(true);
    const std::size_t next = put_record(iso.disk, iso.root_end, "C.TXT;1", 30, 5, 0, "NM\x12\x01\0a long name.c"sv);
    put_record(iso.disk, next, "LINK.;1", 30, 0, 0, "NM\x09\x01\0linkSL\x0f\x01\0\x08\0\0\3etc\0\1x"sv);
    const auto image = iso.disk.source();
    const auto volume = read_iso9660(image).value();
    EXPECT_TRUE(volume.primary().rock_ridge.present);
    EXPECT_EQ(volume.primary().rock_ridge.px_length, 36);
    EXPECT_TRUE(find(image, volume.primary(), "/a long name.c").ok());
    EXPECT_FALSE(find(image, volume.primary(), "/A LONG NAME.C").ok());
    const auto link = find(image, volume.primary(), "/link").value();
    EXPECT_EQ(link.entry.type, IsoEntryType::Symlink);
    EXPECT_EQ(link.entry.system_use.symlink, "/etc/x");
}

TEST(Iso9660, FollowsAContinuationArea) {
    auto iso = small_iso(true);
    std::string use("NM\x06\x01\1lCE\x1c\x01"sv);
    use.resize(6 + 28);
    const std::size_t record = iso.root_end;
    put_record(iso.disk, record, "D.TXT;1", 30, 5, 0, use);
    const std::size_t ce = record + 40 + 6;
    iso.disk.put32(ce + 4, 25);
    iso.disk.put32(ce + 12, 100);
    iso.disk.put32(ce + 20, 9);
    iso.disk.put_text(25 * kBlock + 100, "NM\x09\x01\0ater"sv);
    const auto image = iso.disk.source();
    EXPECT_TRUE(find(image, read_iso9660(image)->primary(), "/later").ok());
}

struct Malformed {
    const char* name;
    std::function<void(SmallIso&)> spoil;
    ErrorKind expected;
};

/// A record behind the root's last, with a CE field that leads to block 25, `offset`, 28 bytes.
void put_continued(SmallIso& iso, std::uint64_t block, std::uint64_t offset) {
    std::string use("CE\x1c\x01"sv);
    use.resize(28);
    put_record(iso.disk, iso.root_end, "D.TXT;1", 30, 5, 0, use);
    const std::size_t ce = iso.root_end + 40;
    iso.disk.put32(ce + 4, block);
    iso.disk.put32(ce + 12, offset);
    iso.disk.put32(ce + 20, 28);
}

const Malformed kMalformed[] = {
    {"NoSignature", [](SmallIso& iso) { iso.disk.put_text(SmallIso::kPrimary + 1, "XX001"); }, ErrorKind::Unsupported},
    {"LogicalBlocksOf512", [](SmallIso& iso) { iso.disk.put16(SmallIso::kPrimary + 128, 512); },
     ErrorKind::Unsupported},
    {"NoTerminator", [](SmallIso& iso) { iso.disk.put_text(17 * kBlock + 1, "XXXXX"); }, ErrorKind::Corrupt},
    {"ImageEndsInTheDescriptors", [](SmallIso& iso) { iso.disk.resize(17 * kBlock); }, ErrorKind::Corrupt},
    {"OnlyATerminator", [](SmallIso& iso) { iso.disk.put8(SmallIso::kPrimary, 255); }, ErrorKind::Corrupt},
    {"RootIsNoDirectory", [](SmallIso& iso) { iso.disk.put8(SmallIso::kPrimary + 156 + 25, 0); }, ErrorKind::Corrupt},
    {"RootOutsideTheImage", [](SmallIso& iso) { iso.disk.put32(SmallIso::kPrimary + 156 + 2, 0xfffffff0); },
     ErrorKind::Corrupt},
    {"RootOfFourGigabytes", [](SmallIso& iso) { iso.disk.put32(SmallIso::kPrimary + 156 + 10, 0xfffff800); },
     ErrorKind::Exhausted},
    {"RootOfNoBytes", [](SmallIso& iso) { iso.disk.put32(SmallIso::kPrimary + 156 + 10, 0); }, ErrorKind::Corrupt},
    {"DirectoryInsideItself", [](SmallIso& iso) { iso.disk.put32(iso.directory + 2, 20); }, ErrorKind::Corrupt},
    {"RecordTooShort", [](SmallIso& iso) { iso.disk.put8(iso.file, 33); }, ErrorKind::Corrupt},
    {"RecordCrossesItsBlock",
     [](SmallIso& iso) {
         for (std::size_t at = iso.directory; at + 34 < SmallIso::kSub; at += 254) {
             put_record(iso.disk, at, "X", 30, 1, 0);
             iso.disk.put8(at, 254);
         }
     },
     ErrorKind::Corrupt},
    {"IdentifierLongerThanItsRecord", [](SmallIso& iso) { iso.disk.put8(iso.file + 32, 200); }, ErrorKind::Corrupt},
    {"IdentifierOfNoBytes", [](SmallIso& iso) { iso.disk.put8(iso.file + 32, 0); }, ErrorKind::Corrupt},
    {"NoDotRecord", [](SmallIso& iso) { iso.disk.put8(SmallIso::kSub + 33, 'X'); }, ErrorKind::Corrupt},
    {"FileOutsideTheImage", [](SmallIso& iso) { iso.disk.put32(iso.file + 2, 1000); }, ErrorKind::Corrupt},
    {"FileLongerThanTheImage", [](SmallIso& iso) { iso.disk.put32(iso.file + 10, 0x7fffffff); }, ErrorKind::Corrupt},
    {"InterleavedFile", [](SmallIso& iso) { iso.disk.put8(iso.file + 26, 1); }, ErrorKind::Unsupported},
    {"SectionWithoutASuccessor", [](SmallIso& iso) { iso.disk.put8(iso.file + 25, kFlagMultiExtent); },
     ErrorKind::Corrupt},
    {"ContinuationLoop",
     [](SmallIso& iso) {
         iso = small_iso(true);
         put_continued(iso, 25, 0);
         iso.disk.put_text(25 * kBlock, "CE\x1c\x01");
         iso.disk.put32(25 * kBlock + 4, 25);
         iso.disk.put32(25 * kBlock + 20, 28);
     },
     ErrorKind::Corrupt},
    {"ContinuationOutsideTheImage",
     [](SmallIso& iso) {
         iso = small_iso(true);
         put_continued(iso, 0xffffffff, 0);
     },
     ErrorKind::Corrupt},
    {"ContinuationOutsideItsBlock",
     [](SmallIso& iso) {
         iso = small_iso(true);
         put_continued(iso, 25, 5000);
     },
     ErrorKind::Corrupt},
    {"ChildLinkToNoDirectory",
     [](SmallIso& iso) {
         iso = small_iso(true);
         std::string use("CL\x0c\x01\x1e"sv);
         use.resize(12);
         put_record(iso.disk, iso.root_end, "E.TXT;1", 30, 5, 0, use);
     },
     ErrorKind::Corrupt},
};

class MalformedIso : public testing::TestWithParam<Malformed> {};

TEST_P(MalformedIso, IsAnErrorOfItsKind) {
    auto iso = small_iso();
    GetParam().spoil(iso);
    const auto image = iso.disk.source();
    const auto result = read_everything(image);
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().kind, GetParam().expected) << result.error().to_string();
}

INSTANTIATE_TEST_SUITE_P(Image, MalformedIso, testing::ValuesIn(kMalformed),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(IsoLimitsOfAWalk, AreHeld) {
    const auto image = small_iso().disk.source();
    const auto volume = read_iso9660(image).value();
    const IsoVisitor ignore = [](const std::string&, const IsoEntry&, DirectoryLocation) {
        return base::Result<void>();
    };
    IsoLimits tight[4];
    tight[0].total_entries = 2;
    tight[1].depth = 0;
    tight[2].total_directory_bytes = kBlock;
    tight[3].total_path_bytes = 8;
    for (const IsoLimits& limits : tight) {
        const auto walked = walk(image, volume.primary(), ignore, limits);
        ASSERT_FALSE(walked.ok());
        EXPECT_EQ(walked.error().kind, ErrorKind::Exhausted);
    }
    EXPECT_TRUE(walk(image, volume.primary(), ignore).ok());
}

TEST(PathTable, StopsAtACutRecord) {
    auto iso = small_iso();
    iso.disk.put32(SmallIso::kPrimary + 132, 10);
    iso.disk.put8(18 * kBlock, 1);
    iso.disk.put32(18 * kBlock + 2, 20);
    iso.disk.put16(18 * kBlock + 6, 1);
    auto image = iso.disk.source();
    auto tree = read_iso9660(image)->primary();
    EXPECT_EQ(read_path_table(image, tree, 18, PathTableOrder::Little)->size(), 1U);
    iso.disk.put8(18 * kBlock, 9);
    const auto cut_image = iso.disk.source();
    const auto cut = read_path_table(cut_image, tree, 18, PathTableOrder::Little);
    EXPECT_EQ(cut.error().kind, ErrorKind::Corrupt);
}

}  // namespace
}  // namespace isolde::image::tests
