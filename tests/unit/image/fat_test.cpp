// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/fat.h"
#include "disk_bytes.h"

#include <gtest/gtest.h>

#include <functional>

namespace isolde::image::tests {
namespace {

using base::ErrorKind;

base::Result<std::size_t> read_everything(const ByteSource& source) {
    const auto fat = TRY(FatVolume::open(source));
    std::size_t entries = 0;
    TRY(fat.walk([&](const std::string&, const FatEntry& entry) -> base::Result<void> {
        ++entries;
        if (!entry.is_directory()) {
            TRY(fat.content_runs(entry));
        }
        return {};
    }));
    return entries;
}

TEST(Fat, ReadsASmallVolume) {
    const auto source = small_fat().disk.source();
    const auto fat = FatVolume::open(source).value();
    EXPECT_EQ(fat.geometry().type, FatType::Fat12);
    EXPECT_EQ(fat.geometry().cluster_count, 194U);
    EXPECT_EQ(base::as_text(fat.read_content(fat.find("/dir/b.txt").value(), 100).value()), "bye");
    EXPECT_EQ(read_everything(source).value(), 3U);
}

TEST(Fat, TellsWhereEntriesAndClustersAre) {
    const auto source = small_fat().disk.source();
    const auto fat = FatVolume::open(source).value();
    const auto file = fat.find("/A.CFG").value();
    EXPECT_EQ(file.entry_offset, SmallFat::kRoot);
    EXPECT_EQ(fat.chain(2, 0).value(), (std::vector<std::uint32_t>{2, 4}));
    EXPECT_EQ(fat.content_runs(file).value(),
              (std::vector<ByteRun>{{SmallFat::kData, 512}, {SmallFat::kData + 2 * 512, 188}}));
    EXPECT_EQ(fat.fat_entry_offset(3, 0), SmallFat::kFat + 4);
    EXPECT_EQ(fat.fat_entry_offset(3, 1), SmallFat::kFat + 2 * 512 + 4);
    EXPECT_EQ(fat.fat_entry(4).value(), 0xfffU);
}

/// A long name of one part before the short entry "B~1.TXT", with the checksum that belongs to it or another.
SmallFat with_long_name(unsigned checksum_error) {
    SmallFat fat = small_fat();
    const std::size_t at = SmallFat::kRoot + 64;
    fat.put_entry(at + 32, "B~1     TXT", 0x20, 5, 3);
    unsigned sum = 0;
    for (const char letter : std::string_view("B~1     TXT")) {
        sum = ((sum & 1U) << 7U | sum >> 1U) + static_cast<unsigned char>(letter);
        sum &= 0xffU;
    }
    fat.disk.put8(at, 0x41);
    fat.disk.put8(at + 11, 0x0f);
    fat.disk.put8(at + 13, sum + checksum_error);
    const char* name = "b name.txt";
    for (const std::size_t place : {1U, 3U, 5U, 7U, 9U, 14U, 16U, 18U, 20U, 22U}) {
        fat.disk.put16(at + place, static_cast<unsigned char>(*name++));
    }
    return fat;
}

TEST(Fat, BelievesALongNameOnlyWithItsChecksum) {
    const auto good = with_long_name(0).disk.source();
    EXPECT_EQ(FatVolume::open(good)->find("/B NAME.TXT")->entry_count, 2U);
    EXPECT_EQ(FatVolume::open(good)->find("/b~1.txt")->name, "b name.txt");
    const auto bad = with_long_name(1).disk.source();
    EXPECT_FALSE(FatVolume::open(bad)->find("/b name.txt").ok());
    EXPECT_EQ(FatVolume::open(bad)->find("/b~1.txt")->entry_count, 1U);
}

struct Malformed {
    const char* name;
    std::function<void(SmallFat&)> spoil;
    ErrorKind expected;
};

const Malformed kMalformed[] = {
    {"NoJump", [](SmallFat& fat) { fat.disk.put8(0, 0); }, ErrorKind::Unsupported},
    {"SectorsOfNoBytes", [](SmallFat& fat) { fat.disk.put16(11, 0); }, ErrorKind::Unsupported},
    {"ClustersOfThreeSectors", [](SmallFat& fat) { fat.disk.put8(13, 3); }, ErrorKind::Unsupported},
    {"MoreSectorsThanTheSource", [](SmallFat& fat) { fat.disk.put16(19, 201); }, ErrorKind::Corrupt},
    {"NoSectors", [](SmallFat& fat) { fat.disk.put16(19, 0); }, ErrorKind::Corrupt},
    {"SectorCountThatOverflows",
     [](SmallFat& fat) {
         fat.disk.put16(19, 0);
         fat.disk.put32(32, 0xffffffff);
     },
     ErrorKind::Corrupt},
    {"FatsLargerThanTheVolume", [](SmallFat& fat) { fat.disk.put16(22, 0xffff); }, ErrorKind::Corrupt},
    {"FatsTooSmallForTheClusters",
     [](SmallFat& fat) {
         fat.disk.resize(4000 * 512);
         fat.disk.put16(19, 4000);
     },
     ErrorKind::Corrupt},
    {"NoRootEntries", [](SmallFat& fat) { fat.disk.put16(17, 0); }, ErrorKind::Corrupt},
    {"RootClusterOfFat32OutsideTheVolume",
     [](SmallFat& fat) {
         fat.disk.put16(17, 0);
         fat.disk.put16(22, 0);
         fat.disk.put32(36, 2);
         fat.disk.put32(44, 0x0fffffff);
     },
     ErrorKind::Corrupt},
    {"ChainLoop", [](SmallFat& fat) { fat.put_fat_entry(4, 2); }, ErrorKind::Corrupt},
    {"ChainIntoAFreeCluster", [](SmallFat& fat) { fat.put_fat_entry(4, 0); }, ErrorKind::Corrupt},
    {"ChainIntoABadCluster", [](SmallFat& fat) { fat.put_fat_entry(4, 0xff7); }, ErrorKind::Corrupt},
    {"ChainOutsideTheVolume", [](SmallFat& fat) { fat.put_fat_entry(2, 0x300); }, ErrorKind::Corrupt},
    {"ChainShorterThanTheFile", [](SmallFat& fat) { fat.put_fat_entry(2, 0xfff); }, ErrorKind::Corrupt},
    {"DirectoryInsideItself",
     [](SmallFat& fat) { fat.put_entry(SmallFat::kData + 512 + 32, "LOOP       ", 0x10, 3, 0); }, ErrorKind::Corrupt},
    {"DirectoryThatIsTheRoot",
     [](SmallFat& fat) { fat.put_entry(SmallFat::kData + 512 + 32, "LOOP       ", 0x10, 0, 0); }, ErrorKind::Corrupt},
};

class MalformedFat : public testing::TestWithParam<Malformed> {};

TEST_P(MalformedFat, IsAnErrorOfItsKind) {
    auto fat = small_fat();
    GetParam().spoil(fat);
    const auto source = fat.disk.source();
    const auto result = read_everything(source);
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().kind, GetParam().expected) << result.error().to_string();
}

INSTANTIATE_TEST_SUITE_P(Image, MalformedFat, testing::ValuesIn(kMalformed),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(WindowSource, NeverReachesOutside) {
    const MemorySource source(base::Bytes(100));
    EXPECT_FALSE(WindowSource::create(source, 50, 51).ok());
    EXPECT_FALSE(WindowSource::create(source, UINT64_MAX, 2).ok());
    const auto window = WindowSource::create(source, 50, 50).value();
    EXPECT_TRUE(window.read_bytes(49, 1).ok());
    EXPECT_FALSE(window.read_bytes(49, 2).ok());
}

}  // namespace
}  // namespace isolde::image::tests
