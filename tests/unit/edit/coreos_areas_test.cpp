// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/edit/coreos_areas.h"

#include "vmedia/edit/grub.h"
#include "vmedia/edit/isolinux.h"

#include <gtest/gtest.h>

namespace isolde::vmedia {
namespace {

constexpr std::size_t kSize = 64;
const std::string kHead = "menuentry 'Live' {\n\tlinux /vmlinuz ";
const std::string kTail = "# COREOS_KARG_EMBED_AREA\n\tinitrd /initrd.img /images/ignition.img\n}\n";

std::string configuration(const std::string& arguments) {
    return kHead + arguments + "\n" + std::string(kSize - arguments.size() - 1, '#') + kTail;
}

ArgumentArea area() {
    return {"/EFI/fedora/grub.cfg", kHead.size(), kSize};
}

base::Result<FilledArea> edited(const std::string& text, const ArgumentEdit& arguments) {
    BootEdit edit;
    edit.arguments = arguments;
    return fill_area(text, TRY(edit_grub("grub.cfg", text, edit)).splices, area());
}

struct Row {
    const char* name;
    std::string before;
    ArgumentEdit edit;
    std::string after;
};

ArgumentEdit appended(std::vector<std::string> words) {
    return {std::move(words), {}, {}, {}, {}};
}

TEST(CoreOsArea, KeepsItsSizeAndPlaceWhateverIsEdited) {
    const Row rows[] = {
        {"append", "a=1 b", appended({"c=2"}), "a=1 b c=2"},
        {"append before the mark of installers", "a --- b", appended({"c"}), "a c --- b"},
        {"append before a mark that is first", "--- b", appended({"c"}), "c --- b"},
        {"remove the first", "a=1 b", {{}, {"a"}, {}, {}, {}}, "b"},
        {"remove all", "a=1 b", {{}, {"a", "b"}, {}, {}, {}}, ""},
        {"append to an empty area", "", appended({"c", "d"}), "c d"},
        {"replace", "a=1 b", {{}, {}, {"a=4711"}, {}, {}}, "a=4711 b"},
        {"all at once", "a=1 b", {{"c"}, {"b"}, {"a=2"}, {}, {}}, "a=2 c"},
        {"quoted for GRUB", "a", appended({"ds=x;y"}), "a 'ds=x;y'"},
        {"nothing", "a=1 b", {}, "a=1 b"},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        const auto filled = edited(configuration(row.before), row.edit);
        ASSERT_TRUE(filled.ok()) << filled.error().to_string();
        EXPECT_EQ(filled->text, configuration(row.after));
        EXPECT_EQ(filled->arguments, row.after);
        EXPECT_EQ(filled->offset, area().offset);
        EXPECT_TRUE(filled->alone);
    }
}

TEST(CoreOsArea, TakesItsSizeLessOneByteAndNotOneMore) {
    const std::string full = "a " + std::string(kSize - 3, 'x');
    const auto fits = edited(configuration("a"), appended({full.substr(2)}));
    ASSERT_TRUE(fits.ok()) << fits.error().to_string();
    EXPECT_EQ(fits->text, kHead + full + "\n" + kTail);
    const auto too_long = edited(configuration("a"), appended({full.substr(2) + "y"}));
    ASSERT_FALSE(too_long.ok());
    EXPECT_EQ(too_long.error().kind, base::ErrorKind::Exhausted);
    for (const char* part : {"/EFI/fedora/grub.cfg", "64 bytes", "holds 63", "leave out 1 "}) {
        EXPECT_NE(too_long.error().to_string().find(part), std::string::npos) << too_long.error().to_string();
    }
}

TEST(CoreOsArea, AFullAreaCanBeEmptiedAgain) {
    const std::string full = "a " + std::string(kSize - 3, 'x');
    const auto emptied = edited(configuration(full), {{}, {"a"}, {}, {}, {}});
    ASSERT_TRUE(emptied.ok()) << emptied.error().to_string();
    EXPECT_EQ(emptied->text, configuration(full.substr(2)));
}

TEST(CoreOsArea, MovesWithWhatChangesBeforeIt) {
    const std::string text = "set timeout=-1\n" + configuration("a");
    ArgumentArea moved = area();
    moved.offset += 15;
    BootEdit edit;
    edit.unattended = true;
    edit.arguments.append = {"b"};
    const auto changed = edit_grub("grub.cfg", text, edit);
    ASSERT_TRUE(changed.ok());
    const auto filled = fill_area(text, changed->splices, moved);
    ASSERT_TRUE(filled.ok()) << filled.error().to_string();
    EXPECT_FALSE(filled->alone);
    EXPECT_EQ(filled->text.substr(filled->offset), configuration("a b").substr(kHead.size()));
}

TEST(CoreOsArea, ThatIsNotOneIsRefused) {
    const std::string text = configuration("a");
    const ArgumentArea rows[] = {
        {"/behind", text.size(), 1},
        {"/across the end", text.size() - 10, 64},
        {"/of several lines", 0, 60},
    };
    for (const ArgumentArea& row : rows) {
        const auto filled = fill_area(text, {}, row);
        ASSERT_FALSE(filled.ok()) << row.path;
        EXPECT_EQ(filled.error().kind, base::ErrorKind::Corrupt);
        EXPECT_NE(filled.error().to_string().find(row.path), std::string::npos);
    }
    EXPECT_FALSE(fill_area(text, {{{kHead.size() - 3, kHead.size() + 1}, "x"}}, area()).ok()) << "crosses the border";
}

TEST(KargsJson, IsReadWithItsDefaultsAndUsualCharacters) {
    const auto info = parse_kargs_json(
        R"({"default": "a b", "files": [{"path": "EFI/fedora/grub.cfg", "offset": 614},
            {"path": "./zipl.prm", "offset": 3, "pad": " ", "end": "\u0000"}], "size": 1139})");
    ASSERT_TRUE(info.ok()) << info.error().to_string();
    EXPECT_EQ(info->defaults, "a b");
    ASSERT_EQ(info->areas.size(), 2U);
    EXPECT_EQ(info->areas[0].path, "/EFI/fedora/grub.cfg");
    EXPECT_EQ(info->areas[0].offset, 614U);
    EXPECT_EQ(info->areas[0].capacity(), 1138U);
    EXPECT_EQ(info->areas[1].path, "/zipl.prm");
    EXPECT_EQ(info->areas[1].pad, ' ');
    EXPECT_EQ(info->areas[1].end, '\0');
}

TEST(KargsJson, ThatIsWrongIsRefusedByField) {
    const std::pair<const char*, const char*> rows[] = {
        {R"([])", "default"},
        {R"({"default": "", "files": [], "size": 0})", "/size"},
        {R"({"default": "", "files": [], "size": 2049})", "/size"},
        {R"({"default": "abcd", "files": [], "size": 4})", "/default"},
        {R"({"default": "", "files": [{"path": "a", "offset": -1}], "size": 4})", "/files/0/offset"},
        {R"({"default": "", "files": [{"path": "a", "offset": 1, "pad": "##"}], "size": 4})", "/files/0/pad"},
        {R"({"default": "", "files": [{"offset": 1}], "size": 4})", "/files/0/path"},
    };
    for (const auto& [text, field] : rows) {
        const auto info = parse_kargs_json(text);
        ASSERT_FALSE(info.ok()) << text;
        EXPECT_EQ(info.error().kind, base::ErrorKind::Corrupt);
        EXPECT_NE(info.error().to_string().find(field), std::string::npos) << info.error().to_string();
        EXPECT_NE(info.error().to_string().find("kargs.json"), std::string::npos);
    }
}

TEST(KargsJson, GetsNewOffsetsAndKeepsTheRest) {
    const auto moved =
        move_areas(R"({"default": "d", "files": [{"path": "a", "offset": 1}, {"path": "b", "offset": 2}], "size": 4})",
                   {{"/b", 77}});
    ASSERT_TRUE(moved.ok());
    const auto info = parse_kargs_json(*moved);
    ASSERT_TRUE(info.ok());
    EXPECT_EQ(info->areas[0].offset, 1U);
    EXPECT_EQ(info->areas[1].offset, 77U);
    EXPECT_EQ(info->defaults, "d");
}

TEST(IgnInfo, IsAFileOrAPartOfOne) {
    const auto whole = parse_igninfo_json(R"({"file": "images/ignition.img"})");
    ASSERT_TRUE(whole.ok());
    EXPECT_EQ(whole->path, "/images/ignition.img");
    EXPECT_FALSE(whole->length);
    const auto part = parse_igninfo_json(R"({"file": "images/cdboot.img", "offset": 100, "length": 50})");
    ASSERT_TRUE(part.ok());
    EXPECT_EQ(part->offset, 100U);
    EXPECT_EQ(part->length, 50U);
    EXPECT_FALSE(parse_igninfo_json(R"({"file": 7})").ok());
}

}  // namespace
}  // namespace isolde::vmedia
