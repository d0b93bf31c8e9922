// SPDX-License-Identifier: GPL-3.0-or-later
//
// Partition tables and FAT volumes of real images, read by us and by sgdisk, mtools and mkfs.vfat.
#include "image/classifier.h"
#include "image/el_torito.h"
#include "image/fat.h"
#include "image/partition_table.h"
#include "made_iso.h"

#include <regex>

namespace isolde::image::tests {
namespace {

TEST(GptOfAnAppendedPartition, IsAsSgdiskPrintsIt) {
    const std::string iso = iso_of_layout("ubuntu");
    const auto tables = read_partition_tables(*open_image(iso)).value();
    ASSERT_TRUE(tables.gpt.has_value());
    EXPECT_EQ(tables.gpt->irregularities, std::vector<std::string>{});
    const std::regex row(R"( +([0-9]+) +([0-9]+) +([0-9]+) .*)");
    std::size_t rows = 0;
    for (const auto& line : lines_of(output_of({"sgdisk", "-p", iso}))) {
        if (std::smatch match; std::regex_match(line, match, row)) {
            const auto& partition = tables.gpt->partitions.at(rows++);
            EXPECT_EQ(std::to_string(partition.number), match[1]);
            EXPECT_EQ(std::to_string(partition.first_sector), match[2]);
            EXPECT_EQ(std::to_string(partition.last_sector), match[3]);
        }
    }
    EXPECT_EQ(rows, tables.gpt->partitions.size());
    EXPECT_TRUE(tables.gpt->partitions.at(1).is_efi_system());
}

TEST(GptOfDebian, IsPresentAndIrregular) {
    const auto tables = read_partition_tables(*open_image(iso_of_layout("debian"))).value();
    ASSERT_TRUE(tables.mbr && tables.gpt && tables.apm);
    EXPECT_FALSE(tables.gpt->irregularities.empty());
    EXPECT_TRUE(tables.gpt->primary.header_crc_valid);
    EXPECT_TRUE(tables.gpt->primary.entries_crc_valid);
}

/// The FAT that the catalog's UEFI entry points to, up to the end of the image.
WindowSource efi_window(const ByteSource& image) {
    const auto volume = read_iso9660(image).value();
    const auto catalog = read_boot_catalog(image, volume.boot_catalog.value()).value();
    const auto entry = std::find_if(catalog.entries.begin(), catalog.entries.end(),
                                    [](const BootEntry& candidate) { return candidate.is_efi(); });
    const std::uint64_t offset = entry->load_block * kIsoBlockSize;
    return WindowSource::create(image, offset, image.size() - offset).value();
}

class EfiImage : public testing::TestWithParam<const char*> {};

TEST_P(EfiImage, HasTheSameFilesAsMtoolsReads) {
    const std::string iso = iso_of_layout(GetParam());
    const auto image = open_image(iso);
    const auto window = efi_window(*image);
    const auto fat = FatVolume::open(window);
    ASSERT_TRUE(fat.ok()) << fat.error().to_string();
    std::set<std::string> ours;
    std::map<std::string, std::string> content;
    const auto walked = fat->walk([&](const std::string& path, const FatEntry& entry) -> base::Result<void> {
        if (!entry.is_directory()) {
            ours.insert(path);
            content[path] = base::as_text(TRY(fat->read_content(entry, 64 << 20)));
        }
        return {};
    });
    ASSERT_TRUE(walked.ok()) << walked.error().to_string();
    const std::string drive = iso + "@@" + std::to_string(window.offset());
    std::set<std::string> theirs;
    for (const auto& line : lines_of(output_of({"mdir", "-/", "-b", "-i", drive, "::"}))) {
        if (line.back() != '/') {
            theirs.insert(line.substr(line.find('/')));
            EXPECT_EQ(content[line.substr(line.find('/'))], output_of({"mtype", "-i", drive, line})) << line;
        }
    }
    EXPECT_EQ(ours, theirs);
    EXPECT_GE(ours.size(), 2U);
}

INSTANTIATE_TEST_SUITE_P(Image, EfiImage, testing::Values("debian", "ubuntu", "fedora"),
                         [](const auto& row) { return std::string(row.param); });

struct FatCase {
    const char* name;
    const char* bits;
    const char* kibibytes;
    FatType type;
};

class MadeFat : public testing::TestWithParam<FatCase> {};

TEST_P(MadeFat, GivesBackLongNamesDirectoriesAndFragmentedContent) {
    const std::string path = scratch() + "/" + GetParam().name + ".img";
    const std::string file = scratch() + "/payload";
    std::string payload;
    for (int line = 0; line < 20000; ++line) {
        payload += std::to_string(line) + "\n";
    }
    ASSERT_TRUE(base::write_durably(file, payload).ok());
    output_of({"mkfs.vfat", "-C", "-F", GetParam().bits, path, GetParam().kibibytes});
    output_of({"mmd", "-i", path, "::/a directory with a long name"});
    output_of({"mcopy", "-i", path, file, "::/first.bin"});
    output_of({"mcopy", "-i", path, file, "::/second.bin"});
    output_of({"mdel", "-i", path, "::/first.bin"});
    output_of({"mcopy", "-i", path, file, "::/a directory with a long name/A Long File Name, too.conf"});
    const auto source = open_image(path);
    const auto fat = FatVolume::open(*source);
    ASSERT_TRUE(fat.ok()) << fat.error().to_string();
    EXPECT_EQ(fat->geometry().type, GetParam().type);
    const auto entry = fat->find("/A directory with a LONG name/a long file name, too.conf");
    ASSERT_TRUE(entry.ok()) << entry.error().to_string();
    EXPECT_EQ(entry->name, "A Long File Name, too.conf");
    EXPECT_GT(entry->entry_count, 1U);
    EXPECT_EQ(base::as_text(fat->read_content(*entry, 1 << 20).value()), payload);
    EXPECT_EQ(classify(*source)->name, "raw");
}

INSTANTIATE_TEST_SUITE_P(Image, MadeFat,
                         testing::Values(FatCase{"fat12", "12", "2880", FatType::Fat12},
                                         FatCase{"fat16", "16", "20000", FatType::Fat16},
                                         FatCase{"fat32", "32", "70000", FatType::Fat32}),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(DiskImagesOfQemu, AreKnownByTheirMagic) {
    for (const auto& [format, name] :
         std::map<std::string, std::string>{{"qcow2", "qcow2"}, {"vmdk", "vmdk"}, {"vhdx", "vhdx"}, {"vpc", "vhd"}}) {
        const std::string path = scratch() + "/disk." + format;
        output_of({"qemu-img", "create", "-q", "-f", format, path, "8M"});
        EXPECT_EQ(classify(*open_image(path))->name, name);
    }
}

}  // namespace
}  // namespace isolde::image::tests
