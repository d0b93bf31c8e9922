// SPDX-License-Identifier: GPL-3.0-or-later
//
// Images that vmedia/build makes, read by xorriso, isoinfo, mtools and fsck.vfat.
#include "base/files.h"
#include "base/process.h"
#include "vmedia/build/fat_image.h"
#include "vmedia/build/iso_image.h"
#include "vmedia/build/media_reader.h"
#include "vmedia/build/second_media.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <map>
#include <thread>

namespace isolde::vmedia {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class BuiltImage : public ::testing::Test {
  protected:
    std::string run(std::vector<std::string> arguments) {
        const auto done = base::run_process(
            {std::move(arguments), {"MTOOLS_SKIP_CHECK=1", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"}, "", ""}, 60s,
            base::mebibytes(64));
        exit_code_ = done.ok() ? done->exit_code : -1;
        return done.ok() ? done->output : done.error().message;
    }

    void write(const base::Bytes& bytes) { ASSERT_TRUE(base::write_durably(image_, base::as_text(bytes)).ok()); }

    base::TemporaryDirectory directory_ = base::TemporaryDirectory::create("isolde-build").value();
    std::string image_ = directory_.path() + "/image";
    int exit_code_ = 0;
};

MediaContent sample() {
    MediaContent content = config_drive({R"({"uuid": "u-1"})", "{}", "", "#!/bin/sh\n"}).value();
    content.files.push_back({"/deep/er/A name with blanks and \xc3\xa4.txt", base::to_bytes("umlaut"), 0600});
    content.files.push_back({"/empty", {}, 0755});
    return content;
}

TEST_F(BuiltImage, OfIsoIsReadByRockRidgeAndByJoliet) {
    write(build_iso(sample()).value());
    EXPECT_THAT(run({"isoinfo", "-d", "-i", image_}), HasSubstr("Volume id: config-2\n"));
    EXPECT_EQ(run({"isoinfo", "-R", "-x", "/openstack/latest/user_data", "-i", image_}), "#!/bin/sh\n");
    EXPECT_EQ(run({"isoinfo", "-J", "-x", "/openstack/latest/user_data", "-i", image_}), "#!/bin/sh\n");
    const std::string listing = run({"xorriso", "-indev", image_, "-find", "/", "-exec", "lsdl"});
    EXPECT_THAT(listing, HasSubstr("-rw------- "));
    EXPECT_THAT(listing, HasSubstr("-rwxr-xr-x "));
    EXPECT_THAT(listing, HasSubstr("A name with blanks and \xc3\xa4.txt"));
    EXPECT_THAT(listing, HasSubstr("drwxr-xr-x "));
}

TEST_F(BuiltImage, OfIsoHasTheSameBytesAtAnotherTimeInAnotherZone) {
    const base::Bytes first = build_iso(sample()).value();
    // The clock of volume dates has a resolution of a second: the second image begins in another one.
    const std::time_t begin = std::time(nullptr);
    while (std::time(nullptr) < begin + 1) {
        ASSERT_TRUE(build_iso({"OTHER", {{"/other", base::to_bytes("x")}}}).ok());
    }
    setenv("TZ", "Asia/Kathmandu", 1);
    tzset();
    MediaContent reversed = sample();
    std::reverse(reversed.files.begin(), reversed.files.end());
    EXPECT_TRUE(build_iso(reversed).value() == first);
    unsetenv("TZ");
    tzset();
}

TEST_F(BuiltImage, OfIsoHasTheDateGiven) {
    write(build_iso(sample(), 1'000'000'000).value());
    EXPECT_THAT(run({"xorriso", "-indev", image_, "-pvd_info"}), HasSubstr("Modif. Time  : 2001090901464000"));
    EXPECT_THAT(run({"isoinfo", "-l", "-R", "-i", image_}), HasSubstr("Sep  9 2001"));
}

TEST_F(BuiltImage, OfIsoIsMadeByManyThreads) {
    const base::Bytes expected = build_iso(sample()).value();
    std::vector<std::thread> threads;
    std::vector<int> same(4, 0);
    for (int& matches : same) {
        threads.emplace_back([&matches, &expected] { matches = build_iso(sample()).value() == expected ? 1 : 0; });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_THAT(same, ::testing::Each(1));
}

TEST_F(BuiltImage, OfFatIsCleanAndReadByMtools) {
    MediaContent content = sample();
    write(build_fat(content).value());
    const std::string check = run({"fsck.vfat", "-n", "-v", image_});
    EXPECT_EQ(exit_code_, 0) << check;
    EXPECT_THAT(run({"mlabel", "-s", "-i", image_, "::"}), HasSubstr("CONFIG-2"));
    EXPECT_EQ(run({"mtype", "-i", image_, "::/openstack/latest/user_data"}), "#!/bin/sh\n");
    EXPECT_EQ(run({"mtype", "-i", image_, "::/deep/er/A name with blanks and \xc3\xa4.txt"}), "umlaut");
    EXPECT_EQ(build_fat(content).value(), build_fat(content).value());
}

struct FatSize {
    const char* name;
    std::size_t files;
    std::size_t bytes;
    const char* type;
};

TEST_F(BuiltImage, OfFatHasTheTypeThatItsSizeAsksFor) {
    const FatSize rows[] = {
        {"nothing", 0, 0, "12 bit entries"},
        {"full root", 200, 1, "12 bit entries"},
        {"at the border of FAT12", 1, 4060 * 2048, "16 bit entries"},
    };
    for (const FatSize& row : rows) {
        MediaContent content{"DATA", {}};
        for (std::size_t index = 0; index < row.files; ++index) {
            content.files.push_back(
                {"/a longer name than eight " + std::to_string(index), base::Bytes(row.bytes, std::byte{7})});
        }
        const auto image = build_fat(content);
        ASSERT_TRUE(image.ok()) << row.name << ": " << image.error().message;
        write(*image);
        const std::string check = run({"fsck.vfat", "-n", "-v", image_});
        EXPECT_EQ(exit_code_, 0) << row.name << check;
        EXPECT_THAT(check, HasSubstr(row.type)) << row.name;
    }
}

/// By path: FAT has no modes, and an order of its own.
std::map<std::string, std::string> texts_of(const MediaContent& content) {
    std::map<std::string, std::string> texts;
    for (const MediaFile& file : content.files) {
        texts[file.path] = base::as_text(file.content);
    }
    return texts;
}

TEST_F(BuiltImage, IsReadBack) {
    const auto iso = read_medium(image::MemorySource(build_iso(sample()).value()));
    ASSERT_TRUE(iso.ok()) << iso.error().message;
    EXPECT_EQ(iso->label, "config-2");
    EXPECT_EQ(texts_of(*iso), texts_of(sample()));
    const auto fat = read_medium(image::MemorySource(build_fat(sample()).value()));
    ASSERT_TRUE(fat.ok()) << fat.error().message;
    EXPECT_EQ(fat->label, "CONFIG-2");
    EXPECT_EQ(texts_of(*fat), texts_of(sample()));
}

TEST_F(BuiltImage, IsReadBackOnlyWhereItIsAMediumOfFiles) {
    EXPECT_EQ(read_medium(image::MemorySource(base::Bytes(65'536))).error().kind, base::ErrorKind::Unsupported);
    EXPECT_FALSE(read_medium(image::MemorySource({})).ok());
    run({"bash", "-c",
         "cd " + directory_.path() + " && mkdir t && ln -s to t/link && genisoimage -quiet -R -o l.iso t"});
    const auto links = read_medium(*image::FileSource::open(directory_.path() + "/l.iso").value());
    ASSERT_FALSE(links.ok());
    EXPECT_THAT(links.error().message, HasSubstr("/link"));
    base::Bytes cut = build_iso(sample()).value();
    cut.resize(40'960);
    EXPECT_FALSE(read_medium(image::MemorySource(cut)).ok());
}

TEST_F(BuiltImage, OfFatRefusesNamesThatDifferInCaseOnly) {
    const auto image = build_fat({"DATA", {{"/Name", {}}, {"/name", {}}}});
    ASSERT_FALSE(image.ok());
    EXPECT_EQ(image.error().kind, base::ErrorKind::Conflict);
}

}  // namespace
}  // namespace isolde::vmedia
