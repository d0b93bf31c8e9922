// SPDX-License-Identifier: GPL-3.0-or-later
//
// Words of the kernel's command line; names of FAT; the archive of an initrd, field by field.
#include "vmedia/edit/words.h"

#include "vmedia/edit/cpio.h"
#include "vmedia/edit/fat_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace isolde::vmedia {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Words, AreSplitAsTheKernelDoes) {
    EXPECT_THAT(split_command_line("  ro  quiet\tx=1\n"), ElementsAre("ro", "quiet", "x=1"));
    EXPECT_THAT(split_command_line("dyndbg=\"file a.c +p\" ro"), ElementsAre("dyndbg=\"file a.c +p\"", "ro"));
    EXPECT_THAT(split_command_line("\"k=a b\" c\\ d"), ElementsAre("\"k=a b\"", "c\\", "d"));
    EXPECT_THAT(split_command_line("k=\"open end"), ElementsAre("k=\"open end"));
    EXPECT_THAT(split_command_line(" \t "), IsEmpty());
    EXPECT_EQ(join_command_line({"a", "b=\"c d\""}), "a b=\"c d\"");
}

TEST(Words, HaveKeys) {
    EXPECT_EQ(key_of("console=ttyS0,115200"), "console");
    EXPECT_EQ(key_of("quiet"), "quiet");
    EXPECT_EQ(key_of("\"k=a b\""), "k");
    EXPECT_TRUE(matches_word("console=tty0", "console"));
    EXPECT_TRUE(matches_word("console=tty0", "console=tty0"));
    EXPECT_FALSE(matches_word("console=tty0", "console=tty"));
    EXPECT_FALSE(matches_word("console.x=1", "console"));
    EXPECT_FALSE(matches_word("=x", ""));
}

TEST(Words, WithBlanksGetQuotes) {
    EXPECT_EQ(canonical_word("k=a b"), "k=\"a b\"");
    EXPECT_EQ(canonical_word("a b"), "\"a b\"");
    EXPECT_EQ(canonical_word("k=\"a b\""), "k=\"a b\"");
    EXPECT_EQ(canonical_word("k=v"), "k=v");
}

TEST(Words, AreCheckedForWhatCouldStartALine) {
    for (const char* good : {"quiet", "k=v", "k=\"a b\"", "k=\xc3\xa4", "ds=nocloud;s=/x/"}) {
        EXPECT_TRUE(check_word(good).ok()) << good;
    }
    for (const char* bad : {"", " ", "a\nb", "a\tb", "a\x7f", "k=\"open"}) {
        EXPECT_FALSE(check_word(bad).ok()) << bad;
    }
    EXPECT_FALSE(check_word(std::string(kKernelCommandLineSize, 'x')).ok());
    EXPECT_FALSE(check_word(std::string("a\0b", 3)).ok());
}

std::string padded(const ShortName& name) {
    return {name.begin(), name.end()};
}

TEST(FatNames, GetAUniqueShortForm) {
    const struct {
        const char* name;
        std::set<std::string> taken;
        const char* short_name;
    } rows[] = {
        {"GRUB.CFG", {}, "GRUB    CFG"},
        {"grub.cfg", {}, "GRUB    CFG"},
        {"grub.cfg", {"GRUB.CFG"}, "GRUB~1  CFG"},
        {"preseed-node.cfg", {}, "PRESEE~1CFG"},
        {"preseed-node.cfg", {"PRESEE~1.CFG", "PRESEE~2.CFG"}, "PRESEE~3CFG"},
        {"archive.tar.gz", {}, "ARCHIV~1GZ "},
        {".hidden", {}, "HIDDEN~1   "},
        {"a b+c", {}, "AB_C~1     "},
        {"file.json", {}, "FILE~1  JSO"},
    };
    for (const auto& row : rows) {
        const auto taken = [&](const std::string& name) { return base::Result<bool>(row.taken.contains(name)); };
        EXPECT_EQ(padded(choose_short_name(row.name, taken).value()), row.short_name) << row.name;
    }
}

TEST(FatNames, OfFullDirectoriesAreFoundAtOnce) {
    std::set<std::string> taken;
    std::size_t asked = 0;
    for (int i = 0; i < 10'000; ++i) {
        const auto is_taken = [&](const std::string& name) {
            ++asked;
            return base::Result<bool>(taken.contains(name));
        };
        const auto name = choose_short_name("configuration-" + std::to_string(i) + ".cfg", is_taken);
        ASSERT_TRUE(name.ok()) << i;
        EXPECT_TRUE(taken.insert(displayed(*name)).second) << i;
    }
    EXPECT_LT(asked, 100U * 10'000);
}

TEST(FatNames, RefuseWhatFatCannotHold) {
    for (const char* bad : {"", ".", "..", "a:b", "a/b", "a*", "x.", "x ", "a\nb", "\xff\xfe", "\xc3"}) {
        EXPECT_FALSE(check_fat_name(bad).ok()) << bad;
    }
    EXPECT_FALSE(check_fat_name(std::string(256, 'x')).ok());
    EXPECT_TRUE(check_fat_name(std::string(255, 'x')).ok());
    EXPECT_TRUE(check_fat_name("gr\xc3\xbc\xc3\x9f.cfg").ok());
}

TEST(FatNames, TakeOneEntryWhenTheyAreShort) {
    const ShortName name =
        choose_short_name("GRUB.CFG", [](const std::string&) { return base::Result<bool>(false); }).value();
    EXPECT_EQ(make_fat_entries("GRUB.CFG", name, {0x20, 5, 7}).size(), kFatEntrySize);
    EXPECT_EQ(make_fat_entries("grub.cfg", name, {0x20, 5, 7}).size(), 2 * kFatEntrySize);
    EXPECT_EQ(make_fat_entries("fourteen-chars", name, {0x20, 5, 7}).size(), 3 * kFatEntrySize);
}

base::Result<base::Bytes> archive(std::vector<CpioFile> files) {
    return make_cpio(files);
}

TEST(Cpio, IsDeterministicAndAligned) {
    const base::Bytes content = base::to_bytes("d-i x\n");
    const base::Bytes bytes = archive({{"/etc/conf.d/node", content, 0600}}).value();
    EXPECT_EQ(bytes, archive({{"/etc/conf.d/node", content, 0600}}).value());
    EXPECT_EQ(bytes.size() % 4, 0U);
    const std::string_view text = base::as_text(bytes);
    // inode, mode, uid, gid, nlink, mtime, size
    EXPECT_THAT(text, ::testing::StartsWith("07070100000001000041ed00000000000000000000000200000000"
                                            "00000000"));
    EXPECT_THAT(text, HasSubstr("0707010000000300008180000000000000000000000001"
                                "00000000"
                                "00000006"));
    EXPECT_THAT(text, HasSubstr("TRAILER!!!"));
}

TEST(Cpio, SparesDirectoriesThatMayBeLinks) {
    const base::Bytes bytes = archive({{"/lib/firmware/x", {}}, {"/tmp/y", {}}}).value();
    const std::string_view text = base::as_text(bytes);
    EXPECT_EQ(text.find(std::string_view("lib\0", 4)), std::string_view::npos);
    EXPECT_THAT(text, HasSubstr("lib/firmware"));
    EXPECT_THAT(text, HasSubstr("000043ff"));  // /tmp keeps its mode
}

TEST(Cpio, RefusesPathsThatAreNotPlain) {
    for (const char* bad : {"", "/", "x", "/a/../b", "/./a", "/a//b", "/a/", "/a\nb", "/TRAILER!!!"}) {
        const auto result = archive({{bad, {}}});
        ASSERT_FALSE(result.ok()) << bad;
        EXPECT_EQ(result.error().kind, base::ErrorKind::InvalidArgument);
    }
    EXPECT_FALSE(archive({{"/a", {}}, {"/a", {}}}).ok());
    EXPECT_FALSE(archive({{"/a", {}}, {"/a/b", {}}}).ok());
}

}  // namespace
}  // namespace isolde::vmedia
