// SPDX-License-Identifier: GPL-3.0-or-later
//
// The GRUB editor against the layouts of distributions, one named row each.
#include "vmedia/edit/grub.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace isolde::vmedia {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

BootEdit appending(std::vector<std::string> words) {
    return {{std::move(words), {}}, false, true, {}};
}
BootEdit removing(std::vector<std::string> words) {
    return {{{}, std::move(words)}, false, true, {}};
}
BootEdit unattended(bool top_level = true) {
    return {{}, true, top_level, {}};
}

std::string edited(std::string_view text, const BootEdit& edit) {
    return edit_grub("/grub.cfg", text, edit).value().text;
}

struct Row {
    const char* name;
    const char* before;
    const char* after;
};

TEST(GrubEditor, AppendsWhereTheKernelReadsIt) {
    const Row rows[] = {
        {"debian, before the installer's marker", "    linux    /install.amd/vmlinuz vga=788 --- quiet \n",
         "    linux    /install.amd/vmlinuz vga=788 a=1 b --- quiet \n"},
        {"ubuntu, tabs", "\tlinux\t/casper/vmlinuz  ---\n", "\tlinux\t/casper/vmlinuz a=1 b  ---\n"},
        {"old two-dash marker", "linux /casper/vmlinuz quiet -- debug\n",
         "linux /casper/vmlinuz quiet a=1 b -- debug\n"},
        {"fedora", "linuxefi /images/pxeboot/vmlinuz inst.stage2=hd:LABEL=F quiet\n",
         "linuxefi /images/pxeboot/vmlinuz inst.stage2=hd:LABEL=F quiet a=1 b\n"},
        {"opensuse, command in a variable", "  $linux /boot/x86_64/loader/linux splash=silent\n",
         "  $linux /boot/x86_64/loader/linux splash=silent a=1 b\n"},
        {"variable with a suffix", "${linux}efi /vmlinuz\n", "${linux}efi /vmlinuz a=1 b\n"},
        {"quoted variable", "\"$linux_cmd\" /vmlinuz ro\n", "\"$linux_cmd\" /vmlinuz ro a=1 b\n"},
        {"several commands on one line", "menuentry x { set gfxpayload=keep; linux ${kernel} ro; initrd /i }\n",
         "menuentry x { set gfxpayload=keep; linux ${kernel} ro a=1 b; initrd /i }\n"},
        {"closing brace without a semicolon", "menuentry x { linux /v ro }\n", "menuentry x { linux /v ro a=1 b }\n"},
        {"after then", "if true; then linux /v; fi\n", "if true; then linux /v a=1 b; fi\n"},
        {"after &&", "search x && linux /v ro && boot\n", "search x && linux /v ro a=1 b && boot\n"},
        {"after ||", "false || linux /v ro\n", "false || linux /v ro a=1 b\n"},
        {"comment after the command", "linux /v ro # the kernel\n", "linux /v ro a=1 b # the kernel\n"},
        {"hash inside a word", "linux /v x#y\n", "linux /v x#y a=1 b\n"},
        {"continuations", "linux /v \\\n  ro \\\n  quiet\ninitrd /i\n",
         "linux /v \\\n  ro \\\n  quiet a=1 b\ninitrd /i\n"},
        {"marker on a continued line", "linux /v ro \\\n --- quiet\n", "linux /v ro a=1 b \\\n --- quiet\n"},
        {"carriage returns", "linux /v ro\r\ninitrd /i\r\n", "linux /v ro a=1 b\r\ninitrd /i\r\n"},
        {"continuation with carriage return", "linux /v \\\r\n ro\r\n", "linux /v \\\r\n ro a=1 b\r\n"},
        {"no line break at the end", "linux /v ro", "linux /v ro a=1 b"},
        {"no arguments yet", "linux /v\n", "linux /v a=1 b\n"},
        {"quoted word with a semicolon", "linux /v 'x;y' \"p q\" z\\ w\n", "linux /v 'x;y' \"p q\" z\\ w a=1 b\n"},
        {"braces of a variable", "linux /v root=${root} ro\n", "linux /v root=${root} ro a=1 b\n"},
        {"backslash at the end", "linux /v ro\\", "linux /v ro a=1 b\\"},
        {"continuation at the end", "linux /v ro\\\n", "linux /v ro a=1 b\\\n"},
        {"open quote for the kernel", "linux /v ro x=\\\"y z\n", "linux /v ro a=1 b x=\\\"y z\n"},
        {"linux16", "linux16 /v\n", "linux16 /v a=1 b\n"},
        {"function that is no wrapper", "function go { linux /v $1; }\n", "function go { linux /v $1 a=1 b; }\n"},
    };
    for (const Row& row : rows) {
        const ConfigEdit result = edit_grub("/grub.cfg", row.before, appending({"a=1", "b"})).value();
        EXPECT_EQ(result.text, row.after) << row.name;
        EXPECT_EQ(result.entries, 1U) << row.name;
        EXPECT_EQ(result.changes.size(), 1U) << row.name;
    }
}

TEST(GrubEditor, LeavesWhatIsNoKernelCommand) {
    const Row rows[] = {
        {"wrapper function", "function linuxefi { linux $*; }\n", ""},
        {"wrapper function over lines", "function linuxefi {\n  linux \"$@\"\n}\n", ""},
        {"assignment", "set linux=linuxefi\n", ""},
        {"assignment without set", "linux=linuxefi\n", ""},
        {"comment", "# linux /v ro\n", ""},
        {"echo", "echo linux /v\n", ""},
        {"argument", "menuentry linux { echo x; }\n", ""},
        {"title over lines", "menuentry 'x\nlinux /v' { echo; }\n", ""},
        {"memtest", "linux16 /boot/memtest86+.bin console=ttyS0\n", ""},
        {"no kernel", "linux\n", ""},
        {"word that begins alike", "linuxfoo /v\n", ""},
        {"module", "insmod linux\n", ""},
        {"empty", "", ""},
    };
    for (const Row& row : rows) {
        const ConfigEdit result = edit_grub("/grub.cfg", row.before, appending({"a=1"})).value();
        EXPECT_EQ(result.text, row.before) << row.name;
        EXPECT_EQ(result.entries, 0U) << row.name;
        EXPECT_THAT(result.changes, IsEmpty()) << row.name;
    }
}

TEST(GrubEditor, RemovesWordsAndKeysWithTheBlanksBeforeThem) {
    const Row rows[] = {
        {"word", "linux /v ro quiet rd.live.check\n", "linux /v ro rd.live.check\n"},
        {"after the marker", "linux /v --- quiet\n", "linux /v ---\n"},
        {"key with values", "linux /v console=tty0 ro console=ttyS0,115200\n", "linux /v ro\n"},
        {"quoted", "linux /v 'quiet' \"console=tty0\" ro\n", "linux /v ro\n"},
        {"on a continued line", "linux /v \\\n quiet \\\n ro\n", "linux /v \\\n ro\n"},
        {"longer words stay", "linux /v quieter console.x=1\n", "linux /v quieter console.x=1\n"},
        {"kernel's own path stays", "linux quiet ro\n", "linux quiet ro\n"},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(edited(row.before, removing({"quiet", "console"})), row.after) << row.name;
    }
    EXPECT_EQ(edited("linux /v console=tty0 console=ttyS0\n", removing({"console=tty0"})), "linux /v console=ttyS0\n");
}

TEST(GrubEditor, NamesVariablesThatMayHideARemovedWord) {
    const ConfigEdit result =
        edit_grub("/g.cfg", "set k=\"quieter\"\nlinux /v $k root=$r\nlinux /w $k\n", removing({"quiet"})).value();
    EXPECT_THAT(result.warnings, ElementsAre("/g.cfg:2: arguments inside variable $k cannot be removed or replaced"));
}

TEST(GrubEditor, RefusesToLeaveAWordThatAVariableHolds) {
    const char* text = "set k=\"ro console=tty0\"\nmenuentry A { linux /v quiet ${k}; }\nmenuentry B { linux /v; }\n";
    BootEdit replacing;
    replacing.arguments.replace = {"console=ttyS0"};
    for (const BootEdit& edit : {removing({"console"}), replacing}) {
        const auto result = edit_grub("/g.cfg", text, edit);
        ASSERT_FALSE(result.ok());
        EXPECT_EQ(result.error().kind, base::ErrorKind::Unsupported);
        EXPECT_NE(result.error().message.find("/g.cfg:2: entry \"A\" takes \"console=tty0\" from the variable ${k}"),
                  std::string::npos)
            << result.error().message;
    }
    replacing.arguments.replace = {"console=tty0"};
    EXPECT_TRUE(edit_grub("/g.cfg", text, replacing).ok());
    BootEdit other = removing({"console"});
    other.arguments.entries = {"B"};
    EXPECT_TRUE(edit_grub("/g.cfg", text, other).ok());
}

struct QuoteRow {
    const char* word;
    const char* written;
};

TEST(GrubEditor, QuotesWhatTheShellWouldEat) {
    const QuoteRow rows[] = {{"console=ttyS0,115200n8", "console=ttyS0,115200n8"},
                             {"ds=nocloud;s=/cdrom/", "'ds=nocloud;s=/cdrom/'"},
                             {"a=$b", "'a=$b'"},
                             {"a={b}", "'a={b}'"},
                             {"a=1&2|3", "'a=1&2|3'"},
                             {"a=<b>", "'a=<b>'"},
                             {"a=#b", "'a=#b'"},
                             {"a=*", "'a=*'"},
                             {"k=a b", "'k=a b'"},
                             {"k=\"a b\"", "'k=a b'"},
                             {"\"k=a b\"", "'k=a b'"},
                             {"url=http://[::1]:80/?x=1", "'url=http://[::1]:80/?x=1'"}};
    for (const QuoteRow& row : rows) {
        EXPECT_EQ(quote_for_grub(row.word).value(), row.written) << row.word;
    }
}

TEST(GrubEditor, RefusesWhatGrubCannotPass) {
    const QuoteRow rows[] = {{"a=it's", "'"}, {"a\\b", "\\"}, {"k=\"v\"", "\""}, {"k=\"a b\"c", "\""}};
    for (const QuoteRow& row : rows) {
        const auto result = edit_grub("/boot/grub.cfg", "linux /v\n", appending({row.word}));
        ASSERT_FALSE(result.ok()) << row.word;
        EXPECT_EQ(result.error().kind, base::ErrorKind::InvalidArgument);
        EXPECT_THAT(result.error().to_string(), ::testing::AllOf(HasSubstr("grub"), HasSubstr("/boot/grub.cfg"),
                                                                 HasSubstr(std::string("character ") + row.written)));
    }
    EXPECT_FALSE(edit_grub("/g", "", appending({"a\nlinux /evil"})).ok());
    EXPECT_FALSE(edit_grub("/g", "", appending({""})).ok());
}

constexpr const char* kDebian =
    "if loadfont $prefix/font.pf2 ; then\n"
    "  set gfxmode=800x600\n"
    "fi\n"
    "menuentry --hotkey=g 'Graphical install' {\n"
    "    linux    /install.amd/vmlinuz vga=788 --- quiet \n"
    "    initrd   /install.amd/gtk/initrd.gz\n"
    "}\n"
    "submenu --hotkey=a 'Advanced options ...' {\n"
    "    menuentry --hotkey=x '... Expert install' {\n"
    "        linux    ($root)/install.amd/vmlinuz priority=low vga=788 --- \n"
    "        initrd   /install.amd/initrd.gz\n"
    "    }\n"
    "}\n"
    "source $prefix/theme.cfg\n";

TEST(GrubEditor, ReportsEntriesKernelsInitrdsAndFurtherFiles) {
    const ConfigEdit result = edit_grub("/boot/grub/grub.cfg", kDebian, appending({"x"})).value();
    ASSERT_EQ(result.changes.size(), 2U);
    EXPECT_EQ(result.changes[0].entry, "Graphical install");
    EXPECT_EQ(result.changes[0].line, 5U);
    EXPECT_EQ(result.changes[0].before, "    linux    /install.amd/vmlinuz vga=788 --- quiet ");
    EXPECT_EQ(result.changes[0].after, "    linux    /install.amd/vmlinuz vga=788 x --- quiet ");
    EXPECT_EQ(result.changes[1].entry, "Advanced options ... > ... Expert install");
    EXPECT_THAT(result.kernels, ElementsAre("/install.amd/vmlinuz"));
    EXPECT_THAT(result.initrds, ElementsAre("/install.amd/gtk/initrd.gz", "/install.amd/initrd.gz"));
    EXPECT_THAT(result.includes, ElementsAre("$prefix/theme.cfg"));
    EXPECT_THAT(result.menu.bootable, ElementsAre("Graphical install"));
    EXPECT_THAT(result.menu.others, ElementsAre("Advanced options ..."));
}

TEST(GrubEditor, ReportsMemoryTestsAsSkipped) {
    const ConfigEdit result =
        edit_grub("/g", "menuentry 'Test memory' {\n linux /boot/memtest86+x64\n}\n", appending({"x"})).value();
    ASSERT_EQ(result.skipped.size(), 1U);
    EXPECT_EQ(result.skipped[0].entry, "Test memory");
    EXPECT_EQ(result.skipped[0].line, 2U);
    EXPECT_EQ(result.skipped[0].reason, "memory test");
}

TEST(GrubEditor, WarnsOfWrappersThatSplitBlanks) {
    const char* text = "function linuxefi { linux $*; }\nlinuxefi /v ro\n";
    EXPECT_THAT(edit_grub("/g", text, appending({"k=a b"})).value().warnings, ElementsAre(HasSubstr("linuxefi")));
    EXPECT_THAT(edit_grub("/g", text, appending({"k=ab"})).value().warnings, IsEmpty());
    const char* careful = "function linuxefi { linux \"$@\"; }\nlinuxefi /v ro\n";
    EXPECT_THAT(edit_grub("/g", careful, appending({"k=a b"})).value().warnings, IsEmpty());
}

TEST(GrubEditor, StopsAtAQuoteThatNeverEnds) {
    const ConfigEdit result = edit_grub("/g", "linux /v ro\necho 'x\nlinux /v ro\n", appending({"a"})).value();
    EXPECT_EQ(result.text, "linux /v ro a\necho 'x\nlinux /v ro\n");
    EXPECT_THAT(result.warnings, ElementsAre(HasSubstr("/g:2: a quote is never closed")));
}

TEST(GrubEditor, MakesAMenuBootByItself) {
    const std::string entry = "menuentry 'Install' {\n linux /v\n}\n";
    const std::string disk = "menuentry 'Disk' {\n exit\n}\n";
    const struct {
        const char* name;
        std::string before;
        std::string after;
    } rows[] = {
        {"no timeout", entry, "set timeout=5\n" + entry},
        {"no timeout, carriage returns", "menuentry x {\r\n linux /v\r\n}\r\n",
         "set timeout=5\r\nmenuentry x {\r\n linux /v\r\n}\r\n"},
        {"for ever", "set timeout=-1\n" + entry, "set timeout=5\n" + entry},
        {"for ever, quoted", "set timeout=\"-1\"\n" + entry, "set timeout=5\n" + entry},
        {"empty", "timeout=\n" + entry, "timeout=5\n" + entry},
        {"sixty seconds stay", "set timeout=60\n" + entry, "set timeout=60\n" + entry},
        {"zero stays", "set timeout=0\n" + entry, "set timeout=0\n" + entry},
        {"disk is first", "set timeout=9\n" + disk + entry, "set default=1\nset timeout=9\n" + disk + entry},
        {"disk is the default", "set default=0\nset timeout=9\n" + disk + entry,
         "set default=1\nset timeout=9\n" + disk + entry},
        {"disk is the default by title", "set default='Disk'\nset timeout=9\n" + disk + entry,
         "set default=1\nset timeout=9\n" + disk + entry},
        {"disk is the default, entries under a condition",
         "set default='Disk'\nset timeout=9\nif x; then\n" + disk + "fi\n" + entry,
         "set default='Install'\nset timeout=9\nif x; then\n" + disk + "fi\n" + entry},
        {"default takes arguments", "set default=1\nset timeout=9\n" + disk + entry,
         "set default=1\nset timeout=9\n" + disk + entry},
        {"default from a variable", "set default=\"${saved}\"\nset timeout=9\n" + disk + entry,
         "set default=\"${saved}\"\nset timeout=9\n" + disk + entry},
        {"no menu here", "search --file --set=root /x\nset prefix=($root)/boot/grub\n",
         "search --file --set=root /x\nset prefix=($root)/boot/grub\n"},
        {"timeouts of entries stay", "set timeout=5\nmenuentry x {\n set timeout=-1\n linux /v\n}\n",
         "set timeout=5\nmenuentry x {\n set timeout=-1\n linux /v\n}\n"},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(edited(row.before, unattended()), row.after) << row.name;
    }
    EXPECT_EQ(edited(entry, unattended(false)), entry) << "an included file";
    BootEdit with_menu = unattended();
    with_menu.menu.bootable = {"Install"};
    EXPECT_EQ(edited("source /menu.cfg\n", with_menu), "set timeout=5\nsource /menu.cfg\n");
    EXPECT_EQ(edited("set color=blue\n", with_menu), "set color=blue\n");
}

TEST(GrubEditor, LeavesTimeoutsAloneWhenAttended) {
    const char* text = "set timeout=-1\nmenuentry x { linux /v; }\n";
    EXPECT_EQ(edited(text, appending({"a"})), "set timeout=-1\nmenuentry x { linux /v a; }\n");
}

TEST(GrubEditor, RemovingWhatWasAppendedRestoresTheFile) {
    const std::string texts[] = {kDebian, "linux /v", "linux /v \\\n ro # c\r\n", "linux /v ;linux /w --- q}\n"};
    for (const std::string& text : texts) {
        const std::string appended = edited(text, appending({"isolde.x=1", "ds=nocloud;s=/x/"}));
        EXPECT_NE(appended, text);
        EXPECT_EQ(edited(appended, removing({"isolde.x", "ds"})), text);
    }
}

}  // namespace
}  // namespace isolde::vmedia
