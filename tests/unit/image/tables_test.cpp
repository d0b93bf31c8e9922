// SPDX-License-Identifier: GPL-3.0-or-later
#include "disk_bytes.h"
#include "image/classifier.h"
#include "image/el_torito.h"
#include "image/fields.h"
#include "image/partition_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace isolde::image::tests {
namespace {

using namespace std::string_view_literals;
using testing::Contains;
using testing::IsEmpty;

constexpr std::size_t kEntries = 1024;
constexpr std::size_t kSectors = 200;

/// GPT header at `sector` over the one entry array at sector 2.
void put_gpt_header(DiskBytes& disk, std::size_t sector, std::size_t alternate) {
    const std::size_t at = sector * 512;
    disk.put_text(at, "EFI PART\0\0\1\0"sv);
    disk.put32(at + 12, 92);
    disk.put32(at + 16, 0);
    disk.put64(at + 24, sector);
    disk.put64(at + 32, alternate);
    disk.put64(at + 40, 34);
    disk.put64(at + 48, kSectors - 34);
    disk.put64(at + 72, 2);
    disk.put32(at + 80, 4);
    disk.put32(at + 84, 128);
    disk.put32(at + 88, crc32(disk.view(kEntries, 512)));
    disk.put32(at + 16, crc32(disk.view(at, 92)));
}

void put_gpt_entry(DiskBytes& disk, std::size_t index, std::uint64_t first, std::uint64_t last) {
    const std::size_t at = kEntries + index * 128;
    disk.put_text(at, "\x28\x73\x2a\xc1\x1f\xf8\xd2\x11\xba\x4b\x00\xa0\xc9\x3e\xc9\x3b"sv);
    disk.put64(at + 32, first);
    disk.put64(at + 40, last);
    disk.put_text(at + 56, "E\0F\0I\0"sv);
}

DiskBytes gpt_disk() {
    DiskBytes disk(kSectors * 512);
    disk.put16(510, 0xaa55);
    disk.put8(450, 0xee);
    disk.put32(454, 1);
    disk.put32(458, kSectors - 1);
    put_gpt_entry(disk, 0, 40, 79);
    put_gpt_entry(disk, 1, 80, 99);
    put_gpt_header(disk, 1, kSectors - 1);
    put_gpt_header(disk, kSectors - 1, 1);
    return disk;
}

TEST(Gpt, ReadsEntriesOfASoundTable) {
    const auto tables = read_partition_tables(gpt_disk().source()).value();
    ASSERT_TRUE(tables.mbr && tables.gpt);
    EXPECT_TRUE(tables.mbr->protective);
    EXPECT_THAT(tables.gpt->irregularities, IsEmpty());
    ASSERT_EQ(tables.gpt->partitions.size(), 2U);
    EXPECT_TRUE(tables.gpt->partitions[0].is_efi_system());
    EXPECT_EQ(tables.gpt->partitions[0].name, "EFI");
    EXPECT_EQ(tables.gpt->partitions[1].entry_offset, kEntries + 128);
    EXPECT_TRUE(tables.gpt->backup.has_value());
}

TEST(Gpt, OddTablesArePresentAndIrregular) {
    struct Row {
        const char* name;
        std::function<void(DiskBytes&)> spoil;
        const char* irregularity;
    };
    const Row rows[] = {
        {"overlap",
         [](DiskBytes& disk) {
             put_gpt_entry(disk, 1, 60, 99);
             put_gpt_header(disk, 1, kSectors - 1);
         },
         "partitions 1 and 2 overlap"},
        {"outside",
         [](DiskBytes& disk) {
             put_gpt_entry(disk, 1, 80, 5000);
             put_gpt_header(disk, 1, kSectors - 1);
         },
         "partition 2 ends outside the image"},
        {"backwards",
         [](DiskBytes& disk) {
             put_gpt_entry(disk, 1, 80, 2);
             put_gpt_header(disk, 1, kSectors - 1);
         },
         "partition 2 ends before it begins"},
        {"unusable",
         [](DiskBytes& disk) {
             put_gpt_entry(disk, 0, 0, 39);
             put_gpt_header(disk, 1, kSectors - 1);
         },
         "partition 1 lies outside the usable sectors"},
        {"header CRC", [](DiskBytes& disk) { disk.put8(512 + 60, 1); }, "the primary header's CRC is wrong"},
        {"entries CRC", [](DiskBytes& disk) { disk.put8(kEntries + 500, 1); },
         "the CRC of the primary entries is wrong"},
        {"no backup", [](DiskBytes& disk) { disk.put8((kSectors - 1) * 512, 0); }, "the backup header is missing"},
        {"backup far outside", [](DiskBytes& disk) { put_gpt_header(disk, 1, UINT64_MAX); },
         "the backup header is missing"},
        {"too many entries", [](DiskBytes& disk) { disk.put32(512 + 80, 0xffffffff); },
         "the CRC of the primary entries is wrong"},
        {"entries outside", [](DiskBytes& disk) { disk.put64(512 + 72, UINT64_MAX / 2); },
         "the CRC of the primary entries is wrong"},
        {"entries of one byte", [](DiskBytes& disk) { disk.put32(512 + 84, 1); },
         "the CRC of the primary entries is wrong"},
        {"image grew", [](DiskBytes& disk) { disk.resize((kSectors + 4) * 512); },
         "the backup header is not in the last sector"},
    };
    for (const Row& row : rows) {
        DiskBytes disk = gpt_disk();
        row.spoil(disk);
        const auto tables = read_partition_tables(disk.source());
        ASSERT_TRUE(tables.ok() && tables->gpt) << row.name;
        EXPECT_THAT(tables->gpt->irregularities, Contains(row.irregularity)) << row.name;
    }
}

TEST(Mbr, ABootSectorOfAFatIsNone) {
    EXPECT_FALSE(read_partition_tables(small_fat().disk.source())->mbr.has_value());
}

TEST(Crc32, IsThatOfIeee) {
    EXPECT_EQ(crc32(base::as_bytes("123456789")), 0xcbf43926U);
}

TEST(Apm, ReadsAMapAndStopsWhereItEnds) {
    DiskBytes disk(20 * kBlock);
    disk.put_text(0, "ER\x08\0"sv);
    disk.put_text(kBlock, "PM\0\0\0\0\0\xff"sv);
    disk.put_text(kBlock + 16, "Apple");
    disk.put_text(kBlock + 48, "Apple_partition_map");
    const auto tables = read_partition_tables(disk.source()).value();
    ASSERT_TRUE(tables.apm.has_value());
    ASSERT_EQ(tables.apm->partitions.size(), 1U);
    EXPECT_EQ(tables.apm->block_size, kBlock);
    EXPECT_EQ(tables.apm->partitions[0].type, "Apple_partition_map");
}

/// A catalog at block 0: validation entry, BIOS entry, section of one UEFI entry.
DiskBytes boot_catalog() {
    DiskBytes disk(kBlock);
    disk.put8(0, 1);
    disk.put_text(4, "MAKER");
    disk.put16(30, 0xaa55);
    disk.put8(32, 0x88);
    disk.put16(38, 4);
    disk.put32(40, 100);
    disk.put8(64, 0x91);
    disk.put8(65, 0xef);
    disk.put16(66, 1);
    disk.put8(96, 0x88);
    disk.put32(104, 200);
    unsigned sum = 0;
    for (std::size_t at = 0; at < 32; at += 2) {
        sum += little16(disk.view(0, 32), at);
    }
    disk.put16(28, 0x10000 - (sum & 0xffffU));
    return disk;
}

TEST(ElTorito, ReadsDefaultAndSectionEntriesWithTheirPlaces) {
    const auto catalog = read_boot_catalog(boot_catalog().source(), 0).value();
    EXPECT_TRUE(catalog.checksum_valid);
    EXPECT_EQ(catalog.id, "MAKER");
    ASSERT_EQ(catalog.entries.size(), 2U);
    EXPECT_EQ(catalog.entries[0].load_block, 100U);
    EXPECT_EQ(catalog.entries[0].sector_count, 4U);
    EXPECT_FALSE(catalog.entries[0].is_efi());
    EXPECT_TRUE(catalog.entries[1].is_efi());
    EXPECT_EQ(catalog.entries[1].offset, 96U);
}

TEST(ElTorito, ASectionThatClaimsMoreThanTheBlockHoldsEndsWithIt) {
    auto disk = boot_catalog();
    disk.put16(66, 0xffff);
    EXPECT_EQ(read_boot_catalog(disk.source(), 0)->entries.size(), 62U);
}

TEST(ElTorito, NoCatalogIsCorrupt) {
    auto disk = boot_catalog();
    EXPECT_EQ(read_boot_catalog(disk.source(), 7).error().kind, base::ErrorKind::Corrupt);
    disk.put8(0, 2);
    EXPECT_EQ(read_boot_catalog(disk.source(), 0).error().kind, base::ErrorKind::Corrupt);
}

TEST(Classifier, GoesByContent) {
    struct Row {
        const char* kind;
        std::function<DiskBytes()> make;
    };
    const auto with = [](std::size_t at, std::string_view text) {
        return [=] {
            DiskBytes disk(40 * kBlock);
            disk.put_text(at, text);
            return disk;
        };
    };
    const Row rows[] = {
        {"iso9660", [] { return small_iso().disk; }},
        {"iso9660",
         [] {  // MBR and GPT in the system area change nothing.
             auto iso = small_iso();
             iso.disk.put16(510, 0xaa55);
             iso.disk.put8(450, 0x17);
             iso.disk.put32(458, 100);
             iso.disk.put_text(512, "EFI PART");
             return iso.disk;
         }},
        {"qcow2",
         [] {  // Magic of a disk format wins over the ISO behind it.
             auto iso = small_iso();
             iso.disk.put_text(0, "QFI\xfb");
             return iso.disk;
         }},
        {"udf",
         [] {
             DiskBytes disk(40 * kBlock);
             disk.put_text(16 * kBlock + 1, "BEA01");
             disk.put_text(17 * kBlock + 1, "NSR03");
             disk.put_text(18 * kBlock + 1, "TEA01");
             return disk;
         }},
        {"vmdk", with(0, "KDMV")},
        {"vhdx", with(0, "vhdxfile")},
        {"luks", with(0, "LUKS\xba\xbe")},
        {"vhd", with(40 * kBlock - 512, "conectix")},
        {"gzip", with(0, "\x1f\x8b\x08")},
        {"xz", with(0,
                    "\xfd"
                    "7zXZ\0"sv)},
        {"zstd", with(0, "\x28\xb5\x2f\xfd")},
        {"tar", with(257, "ustar")},
        {"raw", [] { return gpt_disk(); }},
        {"raw", [] { return small_fat().disk; }},
        {"not-an-iso", with(100, "nothing")},
        {"not-an-iso", [] { return DiskBytes(0); }},
    };
    for (const Row& row : rows) {
        const auto result = classify(row.make().source());
        ASSERT_TRUE(result.ok()) << row.kind;
        EXPECT_EQ(result->name, row.kind);
        EXPECT_FALSE(result->reasons.empty()) << row.kind;
    }
}

TEST(Classifier, ACutIsoIsStillAnIsoWithItsDamageTold) {
    auto iso = small_iso();
    iso.disk.put32(SmallIso::kPrimary + 80, 5000);
    const auto result = classify(iso.disk.source()).value();
    EXPECT_TRUE(result.is_iso());
    EXPECT_THAT(result.reasons, Contains(testing::HasSubstr("it is cut")));
}

TEST(Utf16, BecomesUtf8AlsoWithSurrogates) {
    EXPECT_EQ(utf16_to_utf8(base::as_bytes("\0A\0\xe9\x20\xac\xd8\x3d\xde\0"sv), true), "A\u00e9\u20ac\U0001f600");
    EXPECT_EQ(utf16_to_utf8(base::as_bytes("\xd8\x3d\0A\0"sv), true), "\ufffdA");
}

}  // namespace
}  // namespace isolde::image::tests
