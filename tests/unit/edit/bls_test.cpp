// SPDX-License-Identifier: GPL-3.0-or-later
//
// Entries of systemd-boot and its loader.conf.
#include "vmedia/edit/bls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace isolde::vmedia {
namespace {

using ::testing::ElementsAre;

BootEdit appending(std::vector<std::string> words) {
    return {{std::move(words), {}}, false, true, {}};
}
BootEdit removing(std::vector<std::string> words) {
    return {{{}, std::move(words)}, false, true, {}};
}

ConfigEdit run(std::string_view text, const BootEdit& edit) {
    return edit_bls("/e.conf", text, edit).value();
}

struct Row {
    const char* name;
    const char* before;
    const char* after;
};

TEST(BlsEditor, AppendsToTheOptions) {
    const Row rows[] = {
        {"arch", "title    Arch\nlinux    /v\ninitrd   /i\noptions  archisobasedir=arch\n",
         "title    Arch\nlinux    /v\ninitrd   /i\noptions  archisobasedir=arch a=1 b\n"},
        {"several lines", "linux /v\noptions ro\noptions quiet\n", "linux /v\noptions ro\noptions quiet a=1 b\n"},
        {"none", "title X\nlinux /v\ninitrd /i\n", "title X\nlinux /v\noptions a=1 b\ninitrd /i\n"},
        {"empty", "linux /v\noptions\n", "linux /v\noptions a=1 b\n"},
        {"carriage returns", "linux /v\r\noptions ro\r\n", "linux /v\r\noptions ro a=1 b\r\n"},
        {"tabs, no line break", "linux\t/v\noptions\tro", "linux\t/v\noptions\tro a=1 b"},
        {"blanks at the end", "linux /v\noptions ro  \n", "linux /v\noptions ro a=1 b  \n"},
        {"unified kernel with options", "uki /u.efi\noptions ro\n", "uki /u.efi\noptions ro a=1 b\n"},
    };
    for (const Row& row : rows) {
        const ConfigEdit result = run(row.before, appending({"a=1", "b"}));
        EXPECT_EQ(result.text, row.after) << row.name;
        EXPECT_EQ(result.entries, 1U) << row.name;
    }
}

TEST(BlsEditor, LeavesWhatTakesNoLinuxArguments) {
    const Row rows[] = {
        {"shell", "title Shell\nefi /shellx64.efi\noptions -nostartup\n", "starts the EFI program /shellx64.efi"},
        {"memtest", "title Memtest\nlinux /boot/memtest86+/memtest\n", "memory test"},
        {"unified kernel", "title U\nuki /u.efi\n", "a unified kernel image that brings its own command line"},
    };
    for (const Row& row : rows) {
        const ConfigEdit result = run(row.before, appending({"a"}));
        EXPECT_EQ(result.text, row.before) << row.name;
        EXPECT_EQ(result.entries, 0U) << row.name;
        ASSERT_EQ(result.skipped.size(), 1U) << row.name;
        EXPECT_EQ(result.skipped[0].reason, row.after) << row.name;
    }
    EXPECT_EQ(run("# linux /v\n", appending({"a"})).entries, 0U);
}

TEST(BlsEditor, RemovesFromEveryLine) {
    EXPECT_EQ(run("linux /v\noptions quiet ro\noptions x quiet\n", removing({"quiet"})).text,
              "linux /v\noptions ro\noptions x\n");
}

TEST(BlsEditor, ReportsTheEntry) {
    const ConfigEdit result = run("title My Linux\nlinux /v\ninitrd /a\ninitrd /b\noptions ro\n", appending({"z"}));
    EXPECT_THAT(result.kernels, ElementsAre("/v"));
    EXPECT_THAT(result.initrds, ElementsAre("/a", "/b"));
    ASSERT_EQ(result.changes.size(), 1U);
    EXPECT_EQ(result.changes[0].entry, "My Linux");
    EXPECT_EQ(result.changes[0].line, 5U);
    EXPECT_EQ(result.changes[0].after, "options ro z");
}

TEST(BlsEditor, RefusesAWordWhoseQuotesWouldBeTakenAway) {
    const auto result = edit_bls("/e.conf", "linux /v\n", appending({"\"a b\""}));
    ASSERT_FALSE(result.ok());
    EXPECT_THAT(result.error().to_string(), ::testing::HasSubstr("/e.conf"));
    EXPECT_EQ(run("linux /v\noptions ro\n", appending({"k=a b"})).text, "linux /v\noptions ro k=\"a b\"\n");
}

TEST(LoaderConfEditor, EndsTheWaitForEver) {
    const BootEdit unattended{{}, true, true, {}};
    const auto edited = [&](const char* text) {
        return edit_loader_conf("/loader.conf", text, unattended).value().text;
    };
    EXPECT_EQ(edited("timeout menu-force\ndefault x\n"), "timeout 5\ndefault x\n");
    EXPECT_EQ(edited("timeout 15\n"), "timeout 15\n");
    EXPECT_EQ(edited("default x\n"), "default x\n");
    EXPECT_EQ(edit_loader_conf("/loader.conf", "timeout menu-force\n", {}).value().text, "timeout menu-force\n");
}

}  // namespace
}  // namespace isolde::vmedia
