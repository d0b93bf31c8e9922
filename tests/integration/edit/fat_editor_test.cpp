// SPDX-License-Identifier: GPL-3.0-or-later
//
// The FAT editor on volumes of mkfs.vfat, judged by fsck.vfat and read back by mtools.
#include "vmedia/edit/fat_editor.h"
#include "vmedia/edit/fat_growth.h"

#include "base/files.h"
#include "base/process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace isolde::vmedia {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

base::ProcessOutput run_tool(std::vector<std::string> arguments) {
    return base::run_process(
               {std::move(arguments), {"MTOOLS_SKIP_CHECK=1", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"}, "", ""}, 60s,
               base::mebibytes(64))
        .value();
}

struct Format {
    const char* name;
    const char* bits;
    const char* kibibytes;
    const char* sectors_per_cluster;
};

std::ostream& operator<<(std::ostream& out, const Format& format) {
    return out << format.name;
}

class FatEditorTest : public ::testing::TestWithParam<Format> {
  protected:
    void SetUp() override {
        const Format& format = GetParam();
        const auto made = run_tool({"mkfs.vfat", "-F", format.bits, "-s", format.sectors_per_cluster, "-i", "12345678",
                                    "-C", image_, format.kibibytes});
        ASSERT_EQ(made.exit_code, 0) << made.output;
        tool({"mmd", "-i", image_, "::/EFI", "::/EFI/BOOT", "::/boot"});
        put_by_mtools("::/EFI/BOOT/grub.cfg", std::string(3000, 'g'));
        put_by_mtools("::/EFI/BOOT/BOOTX64.EFI", std::string(20000, 'e'));
        put_by_mtools("::/boot/long file name.conf", "options ro\n");
    }

    static void tool(std::vector<std::string> arguments) {
        const auto done = run_tool(std::move(arguments));
        ASSERT_EQ(done.exit_code, 0) << done.output;
    }

    void put_by_mtools(const std::string& target, const std::string& content) const {
        ASSERT_TRUE(base::write_durably(directory_.path() + "/in", content).ok());
        tool({"mcopy", "-i", image_, directory_.path() + "/in", target});
    }

    std::string read_by_mtools(const std::string& path) const {
        const auto read = run_tool({"mtype", "-i", image_, "::" + path});
        return read.exit_code == 0 ? read.output : "mtype failed: " + read.output;
    }

    /// Runs `edit` and puts what changed into the image file.
    template <typename Edit>
    void apply(Edit edit) {
        const auto source = image::FileSource::open(image_).value();
        FatEditor editor = FatEditor::open(*source).value();
        edit(editor);
        std::string bytes = base::read_file(image_, base::mebibytes(128)).value();
        for (const ChangedRange& range : editor.changes()) {
            bytes.replace(range.offset, range.bytes.size(), base::as_text(range.bytes));
        }
        ASSERT_TRUE(base::write_durably(image_, bytes).ok());
        expect_clean();
    }

    void expect_clean() const {
        const auto checked = run_tool({"fsck.vfat", "-n", "-v", image_});
        EXPECT_EQ(checked.exit_code, 0) << checked.output;
        EXPECT_THAT(checked.output, ::testing::Not(HasSubstr("differ"))) << checked.output;
    }

    base::TemporaryDirectory directory_ = base::TemporaryDirectory::create("isolde-fat").value();
    std::string image_ = directory_.path() + "/esp.img";
};

base::Bytes repeated(std::size_t size, char c) {
    return base::to_bytes(std::string(size, c));
}

TEST_P(FatEditorTest, ReplacesFilesByShorterAndLongerOnes) {
    for (const std::size_t size : {10U, 3000U, 90000U, 513U, 0U, 7U}) {
        apply([&](FatEditor& editor) {
            ASSERT_TRUE(editor.replace("/efi/boot/GRUB.CFG", repeated(size, 'n')).ok()) << size;
        });
        EXPECT_EQ(read_by_mtools("/EFI/BOOT/grub.cfg"), std::string(size, 'n'));
    }
    EXPECT_EQ(read_by_mtools("/EFI/BOOT/BOOTX64.EFI"), std::string(20000, 'e'));
    EXPECT_EQ(read_by_mtools("/boot/long file name.conf"), "options ro\n");
}

TEST_P(FatEditorTest, AddsFilesWithLongNamesAndTheirDirectories) {
    apply([&](FatEditor& editor) {
        ASSERT_TRUE(editor.add("/loader/entries/my node.conf", base::as_bytes("linux /v\n")).ok());
        ASSERT_TRUE(editor.add("/EFI/BOOT/BOOTAA64.EFI", repeated(5000, 'a')).ok());
        ASSERT_TRUE(editor.add("/EFI/BOOT/gr\xc3\xbc\xc3\x9f.txt", base::as_bytes("x")).ok());
        ASSERT_TRUE(editor.add("/empty.bin", {}).ok());
    });
    EXPECT_EQ(read_by_mtools("/loader/entries/my node.conf"), "linux /v\n");
    EXPECT_EQ(read_by_mtools("/EFI/BOOT/BOOTAA64.EFI"), std::string(5000, 'a'));
    EXPECT_EQ(read_by_mtools("/EFI/BOOT/grub.cfg"), std::string(3000, 'g'));
    EXPECT_THAT(run_tool({"mdir", "-b", "-i", image_, "::/"}).output, HasSubstr("empty.bin"));
}

TEST_P(FatEditorTest, GrowsADirectoryForManyFiles) {
    constexpr int kFiles = 150;
    const auto path = [](int number) { return "/conf/a rather long file name " + std::to_string(number) + ".conf"; };
    apply([&](FatEditor& editor) {
        for (int number = 0; number < kFiles; ++number) {
            const std::string content = std::to_string(number);
            ASSERT_TRUE(editor.add(path(number), base::as_bytes(content)).ok()) << number;
        }
    });
    EXPECT_EQ(read_by_mtools(path(0)), "0");
    EXPECT_EQ(read_by_mtools(path(kFiles - 1)), std::to_string(kFiles - 1));
}

TEST_P(FatEditorTest, ReusesTheEntriesOfDeletedFiles) {
    put_by_mtools("::/boot/another long file name.txt", "x");
    put_by_mtools("::/boot/last.txt", "kept");
    tool({"mdel", "-i", image_, "::/boot/another long file name.txt"});
    apply(
        [&](FatEditor& editor) { ASSERT_TRUE(editor.add("/boot/a new long file name", base::as_bytes("new")).ok()); });
    EXPECT_EQ(read_by_mtools("/boot/a new long file name"), "new");
    EXPECT_EQ(read_by_mtools("/boot/last.txt"), "kept");
}

TEST_P(FatEditorTest, LeavesAFullVolumeAsItIs) {
    const auto source = image::FileSource::open(image_).value();
    FatEditor editor = FatEditor::open(*source).value();
    const std::uint64_t free = editor.free_space().value().bytes();
    const base::Bytes large(free + 1);
    for (const auto& result : {editor.add("/new directory/large", large),
                               editor.replace("/boot/long file name.conf", base::Bytes(free + 100'000))}) {
        ASSERT_FALSE(result.ok());
        EXPECT_EQ(result.error().kind, base::ErrorKind::Exhausted);
        EXPECT_THAT(result.error().to_string(), HasSubstr("more bytes are needed"));
    }
    EXPECT_TRUE(editor.changes().empty());
    EXPECT_EQ(editor.free_space().value().bytes(), free);
}

TEST_P(FatEditorTest, FillsTheVolumeToItsLastCluster) {
    apply([&](FatEditor& editor) {
        const std::uint64_t free = editor.free_space().value().bytes();
        ASSERT_TRUE(editor.add("/fill.bin", base::Bytes(free)).ok());
        EXPECT_EQ(editor.free_space().value().bytes(), 0U);
        EXPECT_FALSE(editor.add("/one more", base::as_bytes("x")).ok());
    });
}

TEST_P(FatEditorTest, RefusesWhatWouldHideAnotherFile) {
    const auto source = image::FileSource::open(image_).value();
    FatEditor editor = FatEditor::open(*source).value();
    EXPECT_EQ(editor.add("/EFI/boot/GRUB.cfg", {}).error().kind, base::ErrorKind::Conflict);
    EXPECT_EQ(editor.add("/EFI/BOOT/grub.cfg/x", {}).error().kind, base::ErrorKind::Conflict);
    EXPECT_EQ(editor.replace("/EFI", {}).error().kind, base::ErrorKind::InvalidArgument);
    EXPECT_EQ(editor.replace("/none", {}).error().kind, base::ErrorKind::NotFound);
    EXPECT_EQ(editor.add("/a:b", {}).error().kind, base::ErrorKind::InvalidArgument);
    EXPECT_EQ(editor.add("/", {}).error().kind, base::ErrorKind::InvalidArgument);
    EXPECT_TRUE(editor.changes().empty());
}

TEST_P(FatEditorTest, AppendsBehindAlignedContent) {
    const auto fill = [&](std::size_t size) {
        apply([&](FatEditor& editor) { ASSERT_TRUE(editor.put("/initrd.img", repeated(size, 'i')).ok()); });
    };
    for (const std::size_t size : {0U, 1U, 4096U, 8190U, 20001U}) {
        fill(size);
        apply([&](FatEditor& editor) {
            ASSERT_TRUE(editor.append("/INITRD.IMG", repeated(5000, 's'), 4).ok()) << size;
            ASSERT_TRUE(editor.append("/initrd.img", repeated(3, 't'), 4).ok()) << size;
        });
        const std::string expected = std::string(size, 'i') + std::string((4 - size % 4) % 4, '\0');
        EXPECT_EQ(read_by_mtools("/initrd.img"), expected + std::string(5000, 's') + "ttt") << size;
    }
}

TEST_P(FatEditorTest, RemovesFilesWithTheirLongNamesAndGivesTheirRoomBack) {
    const auto free_space = [&] {
        const auto source = image::FileSource::open(image_).value();
        return FatEditor::open(*source).value().free_space().value().bytes();
    };
    const std::uint64_t before = free_space();
    apply([](FatEditor& editor) {
        ASSERT_TRUE(editor.remove("/EFI/BOOT/BOOTX64.EFI").ok());
        ASSERT_TRUE(editor.remove("/boot/long file name.conf").ok());
        EXPECT_EQ(editor.remove("/EFI/BOOT").error().kind, base::ErrorKind::InvalidArgument);
        EXPECT_EQ(editor.remove("/EFI/none").error().kind, base::ErrorKind::NotFound);
    });
    EXPECT_GE(free_space(), before + 20000);
    EXPECT_THAT(run_tool({"mdir", "-b", "-/", "-i", image_, "::/"}).output, ::testing::Not(HasSubstr("BOOTX64")));
    EXPECT_EQ(read_by_mtools("/EFI/BOOT/grub.cfg"), std::string(3000, 'g'));
}

/// By so many clusters that a FAT12 becomes a FAT16.
TEST_P(FatEditorTest, GrowsWithoutMovingAClusterToAnotherNumber) {
    std::string bytes = base::read_file(image_, base::mebibytes(128)).value();
    const image::MemorySource source(base::to_bytes(bytes));
    const FatGrowth growth = grow_fat(source, 5000).value();
    bytes.resize(growth.old_offset + growth.old_length);
    std::string grown(base::as_text(growth.head));
    grown += bytes.substr(growth.old_offset);
    grown.resize(growth.size);
    ASSERT_TRUE(base::write_durably(image_, grown).ok());
    expect_clean();
    EXPECT_EQ(read_by_mtools("/EFI/BOOT/grub.cfg"), std::string(3000, 'g'));
    EXPECT_EQ(read_by_mtools("/boot/long file name.conf"), "options ro\n");
    apply([](FatEditor& editor) {
        EXPECT_GE(editor.free_space()->bytes(), 5000U * editor.volume().geometry().cluster_size);
        ASSERT_TRUE(editor.add("/more", repeated(5000U * editor.volume().geometry().cluster_size, 'm')).ok());
    });
    EXPECT_EQ(read_by_mtools("/EFI/BOOT/BOOTX64.EFI"), std::string(20000, 'e'));
}

TEST_P(FatEditorTest, RefusesToGrowBeyondALimit) {
    const auto source = image::FileSource::open(image_).value();
    const auto growth = grow_fat(*source, kFatSizeLimit / 512);
    ASSERT_FALSE(growth.ok());
    EXPECT_EQ(growth.error().kind, base::ErrorKind::Exhausted);
}

TEST_P(FatEditorTest, GivesTheSameBytesForTheSameEdits) {
    const auto source = image::FileSource::open(image_).value();
    const auto edited = [&] {
        FatEditor editor = FatEditor::open(*source).value();
        EXPECT_TRUE(editor.put("/EFI/BOOT/grub.cfg", repeated(9000, 'x')).ok());
        EXPECT_TRUE(editor.put("/new/file", repeated(100, 'y')).ok());
        return editor.changes();
    };
    const auto first = edited();
    const auto second = edited();
    ASSERT_EQ(first.size(), second.size());
    for (std::size_t i = 0; i < first.size(); ++i) {
        EXPECT_EQ(first[i].offset, second[i].offset);
        EXPECT_EQ(first[i].bytes, second[i].bytes);
    }
}

INSTANTIATE_TEST_SUITE_P(Formats, FatEditorTest,
                         ::testing::Values(Format{"Fat12", "12", "1440", "1"}, Format{"Fat12Large", "12", "4096", "8"},
                                           Format{"Fat16", "16", "8192", "2"}, Format{"Fat32", "32", "36864", "1"}),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace isolde::vmedia
