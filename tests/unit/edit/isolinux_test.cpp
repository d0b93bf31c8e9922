// SPDX-License-Identifier: GPL-3.0-or-later
//
// The isolinux editor against the layouts of distributions, one named row each.
#include "vmedia/edit/isolinux.h"

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
BootEdit unattended(BootMenu menu = {}, bool top_level = true) {
    return {{}, true, top_level, std::move(menu)};
}

ConfigEdit run(std::string_view text, const BootEdit& edit) {
    return edit_isolinux("/isolinux.cfg", text, edit).value();
}

struct Row {
    const char* name;
    const char* before;
    const char* after;
};

TEST(IsolinuxEditor, AppendsToEveryLabelThatBootsLinux) {
    const Row rows[] = {
        {"debian", "label install\n\tkernel /install.amd/vmlinuz\n\tappend vga=788 initrd=/i.gz --- quiet \n",
         "label install\n\tkernel /install.amd/vmlinuz\n\tappend vga=788 initrd=/i.gz a=1 b --- quiet \n"},
        {"fedora", "label linux\n  kernel vmlinuz\n  append initrd=initrd.img inst.stage2=hd:LABEL=F quiet\n",
         "label linux\n  kernel vmlinuz\n  append initrd=initrd.img inst.stage2=hd:LABEL=F quiet a=1 b\n"},
        {"arch, upper case",
         "LABEL arch\nLINUX boot/vmlinuz\nINITRD boot/a.img,boot/b.img\nAPPEND archisobasedir=arch\n",
         "LABEL arch\nLINUX boot/vmlinuz\nINITRD boot/a.img,boot/b.img\nAPPEND archisobasedir=arch a=1 b\n"},
        {"append before kernel", "label x\nappend ro\nkernel /v\n", "label x\nappend ro a=1 b\nkernel /v\n"},
        {"no append", "label x\n  kernel /v\n  menu label X\n",
         "label x\n  kernel /v\n  append a=1 b\n  menu label X\n"},
        {"no append, upper case", "LABEL x\n\tKERNEL /v\n", "LABEL x\n\tKERNEL /v\n\tAPPEND a=1 b\n"},
        {"no append, no line break", "label x\nkernel /v", "label x\nkernel /v\nappend a=1 b"},
        {"no append, carriage returns", "label x\r\nkernel /v\r\n", "label x\r\nkernel /v\r\nappend a=1 b\r\n"},
        {"carriage returns", "label x\r\nkernel /v\r\nappend ro\r\n", "label x\r\nkernel /v\r\nappend ro a=1 b\r\n"},
        {"empty append", "label x\nkernel /v\nappend\n", "label x\nkernel /v\nappend a=1 b\n"},
        {"append that stands for nothing", "label x\nkernel /v\nappend -\n", "label x\nkernel /v\nappend a=1 b\n"},
        {"tabs", "label x\nkernel\t/v\nappend\tro\t---\n", "label x\nkernel\t/v\nappend\tro a=1 b\t---\n"},
        {"hash is no comment in a value", "label x\nkernel /v\nappend ro #x\n",
         "label x\nkernel /v\nappend ro #x a=1 b\n"},
        {"kernel named by the label", "label vmlinuz\nappend ro\n", "label vmlinuz\nappend ro a=1 b\n"},
        {"version number", "label x\nkernel vmlinuz-6.1.0\nappend ro\n",
         "label x\nkernel vmlinuz-6.1.0\nappend ro a=1 b\n"},
        {"last append counts", "label x\nkernel /v\nappend old\nappend new\n",
         "label x\nkernel /v\nappend old\nappend new a=1 b\n"},
        {"kernel file as the default", "default /v ro --- quiet\n", "default /v ro a=1 b --- quiet\n"},
        {"kernel file on timeout", "ontimeout /v initrd=/i --- quiet\n", "ontimeout /v initrd=/i a=1 b --- quiet\n"},
        {"open quote", "label x\nkernel /v\nappend ro k=\"x y\n", "label x\nkernel /v\nappend ro a=1 b k=\"x y\n"},
        {"words in quotes", "label x\nkernel /v\nappend k=\"x y\"\n", "label x\nkernel /v\nappend k=\"x y\" a=1 b\n"},
    };
    for (const Row& row : rows) {
        const ConfigEdit result = run(row.before, appending({"a=1", "b"}));
        EXPECT_EQ(result.text, row.after) << row.name;
        EXPECT_EQ(result.entries, 1U) << row.name;
        EXPECT_EQ(result.changes.size(), 1U) << row.name;
    }
}

TEST(IsolinuxEditor, LeavesWhatTakesNoLinuxArguments) {
    const Row rows[] = {
        {"module", "label x\nkernel vesamenu.c32\nappend other.cfg\n", ""},
        {"module by com32", "label x\ncom32 chain.c32\nappend hd0\n", ""},
        {"module in upper case", "LABEL x\nKERNEL MBOOT.C32\nAPPEND -c boot.cfg\n", ""},
        {"memtest", "label x\nlinux /install/memtest\nappend ro\n", ""},
        {"memory test by name", "label x\nkernel mt86plus\nappend -\n", ""},
        {"boot sector", "label x\nkernel ipxe.0\nappend ro\n", ""},
        {"disk image", "label x\nkernel dos.img\nappend ro\n", ""},
        {"binary", "label x\nkernel memdisk.bin\n", ""},
        {"local disk", "label x\nlocalboot 0x80\nappend -\n", ""},
        {"another menu", "label x\nconfig prompt.cfg\nappend /x\n", ""},
        {"menu entry", "label x\nmenu label Back\nmenu exit\n", ""},
        {"help text", "label x\nlocalboot 0\ntext help\nlabel y\nkernel /v\nappend ro\nendtext\n", ""},
        {"comment", "# label x\n# kernel /v\n", ""},
        {"longer keyword", "labels x\nkernels /v\nappends ro\n", ""},
        {"empty", "", ""},
    };
    for (const Row& row : rows) {
        const ConfigEdit result = run(row.before, appending({"a=1"}));
        EXPECT_EQ(result.text, row.before) << row.name;
        EXPECT_EQ(result.entries, 0U) << row.name;
    }
}

TEST(IsolinuxEditor, EditsTheArgumentsOfAllLabelsOnce) {
    const char* text = "append ro\nlabel a\nkernel /v\nlabel b\nkernel /v\nappend x\nlabel c\nkernel /v\nappend -\n";
    const ConfigEdit result = run(text, appending({"z"}));
    EXPECT_EQ(result.text,
              "append ro z\nlabel a\nkernel /v\nlabel b\nkernel /v\nappend x z\nlabel c\nkernel /v\nappend z\n");
    EXPECT_EQ(result.entries, 3U);
    EXPECT_TRUE(result.menu.global_arguments);

    BootEdit elsewhere = appending({"z"});
    elsewhere.menu.global_arguments = true;
    EXPECT_EQ(run("label a\nkernel /v\n", elsewhere).text, "label a\nkernel /v\n");
}

TEST(IsolinuxEditor, BootsABareKernelWithGlobalArguments) {
    const ConfigEdit result = run("default vmlinuz\nappend initrd=i.gz ro\n", appending({"z"}));
    EXPECT_EQ(result.text, "default vmlinuz\nappend initrd=i.gz ro z\n");
    EXPECT_EQ(result.entries, 1U);
    EXPECT_THAT(result.kernels, ElementsAre("vmlinuz"));
}

TEST(IsolinuxEditor, RemovesWordsAndKeys) {
    const char* text = "label x\nkernel /v\nappend console=tty0 ro console=ttyS0 --- quiet\n";
    EXPECT_EQ(run(text, removing({"console", "quiet"})).text, "label x\nkernel /v\nappend ro ---\n");
    EXPECT_EQ(run(text, removing({"console=tty0"})).text, "label x\nkernel /v\nappend ro console=ttyS0 --- quiet\n");
    EXPECT_EQ(run(text, removing({"cons"})).text, text);
}

TEST(IsolinuxEditor, PassesWordsAsTheyAre) {
    const char* text = "label x\nkernel /v\nappend ro\n";
    EXPECT_EQ(run(text, appending({"ds=nocloud;s=/x/", "a\\b", "it's", "k=a b"})).text,
              "label x\nkernel /v\nappend ro ds=nocloud;s=/x/ a\\b it's k=\"a b\"\n");
    EXPECT_FALSE(edit_isolinux("/i", text, appending({"a\nkernel /evil"})).ok());
    EXPECT_FALSE(edit_isolinux("/i", text, appending({"k=\"open"})).ok());
}

TEST(IsolinuxEditor, ReportsWhatTheFileNames) {
    const char* text =
        "include menu.cfg\nmenu include std.txt\ndefault vesamenu.c32\n"
        "label install\n  menu label Install\n  menu default\n  kernel ::/v\n  append initrd=/a.gz,/b.gz ro\n"
        "label sub\n  kernel vesamenu.c32\n  append ~ sub.cfg\n"
        "label help\n  config prompt.cfg\n";
    const ConfigEdit result = run(text, appending({"z"}));
    EXPECT_THAT(result.includes, ElementsAre("sub.cfg", "prompt.cfg", "menu.cfg", "std.txt"));
    EXPECT_THAT(result.kernels, ElementsAre("/v"));
    EXPECT_THAT(result.initrds, ElementsAre("/a.gz", "/b.gz"));
    EXPECT_THAT(result.menu.bootable, ElementsAre("install"));
    EXPECT_THAT(result.menu.others, ElementsAre("sub", "help"));
    EXPECT_EQ(result.menu.marked_default, "install");
    ASSERT_EQ(result.changes.size(), 1U);
    EXPECT_EQ(result.changes[0].entry, "install");
    EXPECT_EQ(result.changes[0].line, 8U);
    EXPECT_EQ(result.changes[0].before, "  append initrd=/a.gz,/b.gz ro");
    EXPECT_EQ(result.changes[0].after, "  append initrd=/a.gz,/b.gz ro z");
    ASSERT_EQ(result.skipped.size(), 2U);
    EXPECT_EQ(result.skipped[1].reason, "another menu");
}

TEST(IsolinuxEditor, ReportsTheInitrdKeyword) {
    EXPECT_THAT(run("label x\nlinux /v\ninitrd /a.img,/b.img\n", {}).initrds, ElementsAre("/a.img", "/b.img"));
}

TEST(IsolinuxEditor, MakesAMenuBootByItself) {
    const std::string disk = "label disk\nlocalboot 0\n";
    const std::string marked_disk = "label disk\nmenu default\nlocalboot 0\n";
    const std::string install = "label install\nkernel /v\nappend ro\n";
    const struct {
        const char* name;
        std::string before;
        std::string after;
    } rows[] = {
        {"debian waits for ever", "path\ninclude menu.cfg\ndefault vesamenu.c32\nprompt 0\ntimeout 0\n",
         "path\ninclude menu.cfg\ndefault vesamenu.c32\nprompt 0\ntimeout 50\n"},
        {"no timeout", "default install\nprompt 1\n" + install, "timeout 50\ndefault install\nprompt 1\n" + install},
        {"timeout without a number", "default install\ntimeout\n" + install, "default install\ntimeout 50\n" + install},
        {"sixty seconds stay", "default install\ntimeout 600\n" + install, "default install\ntimeout 600\n" + install},
        {"menu without a default", "default vesamenu.c32\ntimeout 600\n" + install,
         "ontimeout install\ndefault vesamenu.c32\ntimeout 600\n" + install},
        {"ui without a default", "ui menu.c32\r\ntimeout 600\r\nlabel i\r\nkernel /v\r\n",
         "ontimeout i\r\nui menu.c32\r\ntimeout 600\r\nlabel i\r\nkernel /v\r\n"},
        {"disk is marked", "default menu.c32\ntimeout 9\n" + marked_disk + install,
         "ontimeout install\ndefault menu.c32\ntimeout 9\n" + marked_disk + install},
        {"disk is the default", "default disk\nui gfxboot\ntimeout 9\n" + disk + install,
         "default install\nui gfxboot\ntimeout 9\n" + disk + install},
        {"disk on timeout", "default menu.c32\nontimeout disk\ntimeout 9\n" + disk + install,
         "default menu.c32\nontimeout install\ntimeout 9\n" + disk + install},
        {"kernel file on timeout stays", "default menu.c32\nontimeout /v ro\ntimeout 9\n" + disk + install,
         "default menu.c32\nontimeout /v ro\ntimeout 9\n" + disk + install},
        {"speech on timeout", "default menu.c32\nontimeout /v speakup.synth=soft ---\ntimeout 9\n" + disk + install,
         "default menu.c32\nontimeout install\ntimeout 9\n" + disk + install},
        {"part of a menu", install, install},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(run(row.before, unattended()).text, row.after) << row.name;
    }
}

TEST(IsolinuxEditor, KnowsTheLabelsOfOtherFilesOfTheMenu) {
    const char* text = "include menu.cfg\ndefault vesamenu.c32\ntimeout 90\n";
    EXPECT_EQ(run(text, unattended({{"install"}, {}, "install", false})).text, text);
    EXPECT_EQ(run(text, unattended({{"install"}, {"disk"}, "disk", false})).text,
              "ontimeout install\n" + std::string(text));
    EXPECT_EQ(run("default disk\ntimeout 90\n", unattended({{"install"}, {"disk"}, "", false})).text,
              "default install\ntimeout 90\n");
    EXPECT_EQ(run("default install\nprompt 1\n", unattended({}, false)).text, "default install\nprompt 1\n");
}

TEST(IsolinuxEditor, AMenuThatAnIncludedFileShowsBootsByItself) {
    const std::string include = "include menu.cfg\n";
    BootEdit edit = unattended({{"install"}, {"disk"}, "", false});
    EXPECT_EQ(run(include, edit).text, include);
    edit.menu.prompts = true;
    EXPECT_EQ(run(include, edit).text, "timeout 50\nontimeout install\n" + include);
    edit.menu.names_default = true;
    EXPECT_EQ(run(include, edit).text, "timeout 50\n" + include);
    EXPECT_EQ(run(include + "default menu.c32\n", edit).text,
              "timeout 50\nontimeout install\n" + include + "default menu.c32\n");
}

TEST(IsolinuxEditor, TellsWhetherAFileShowsAMenuAndNamesADefault) {
    const struct {
        const char* text;
        bool prompts;
        bool names_default;
    } rows[] = {
        {"label x\nkernel /v\n", false, false}, {"ui menu.c32\n", true, false}, {"prompt 1\n", true, false},
        {"default MENU.C32\n", true, false},    {"default x\n", true, true},    {"ontimeout /v ro\n", false, true}};
    for (const auto& row : rows) {
        const BootMenu menu = run(row.text, {}).menu;
        EXPECT_EQ(menu.prompts, row.prompts) << row.text;
        EXPECT_EQ(menu.names_default, row.names_default) << row.text;
    }
}

/// Debian's spkgtk.cfg, which menu.cfg includes; what it says on timeout is read after what the top-level file says.
constexpr const char* kSpeechMenu =
    "label installspk\n\tkernel /v\n\tappend speakup.synth=soft --- quiet\ntimeout 300\n"
    "ontimeout /v initrd=/i speakup.synth=soft --- quiet\nmenu autoboot Press a key\n";

TEST(IsolinuxEditor, AnIncludedFileDoesNotStartSpeechUnattended) {
    BootEdit edit = unattended({{"installgui", "install", "installspk"}, {}, "installgui", false}, false);
    edit.arguments.append = {"a=1"};
    EXPECT_EQ(run(kSpeechMenu, edit).text,
              "label installspk\n\tkernel /v\n\tappend speakup.synth=soft a=1 --- quiet\ntimeout 300\n"
              "ontimeout installgui\nmenu autoboot Press a key\n");
    edit.menu.marked_default = "";
    EXPECT_NE(run(kSpeechMenu, edit).text.find("\nontimeout installgui\n"), std::string::npos);
    edit.unattended = false;
    EXPECT_NE(run(kSpeechMenu, edit).text.find("ontimeout /v initrd=/i speakup.synth=soft a=1 --- quiet\n"),
              std::string::npos);
}

TEST(IsolinuxEditor, AnIncludedFileDoesNotOverrideTheWantedDefault) {
    BootEdit edit = unattended({{"install", "installspk"}, {}, "", false}, false);
    edit.default_entry = "install";
    EXPECT_NE(run(kSpeechMenu, edit).text.find("\nontimeout install\nmenu"), std::string::npos);
    EXPECT_EQ(run("default installspk\n", edit).text, "default install\n");
}

TEST(IsolinuxEditor, ACommandThatIsReplacedTakesNoArgumentsToo) {
    BootEdit edit = appending({"a=1"});
    edit.default_entry = "x";
    EXPECT_EQ(run("ui menu.c32\nontimeout /v ro\nlabel x\nkernel /v\nappend ro\n", edit).text,
              "ui menu.c32\nontimeout x\nlabel x\nkernel /v\nappend ro a=1\n");
}

TEST(IsolinuxEditor, EditsWordsBehindTheKernelToo) {
    const char* text = "label x\nlinux /v initrd=/i rd.live.check quiet\nappend ro quiet\n";
    EXPECT_EQ(run(text, removing({"rd.live.check", "quiet"})).text, "label x\nlinux /v initrd=/i\nappend ro\n");
    EXPECT_THAT(run(text, {}).initrds, ElementsAre("/i"));
    BootEdit edit;
    edit.arguments.replace = {"quiet=1"};
    EXPECT_EQ(run("label x\n\tkernel /v quiet ro\n", edit).text, "label x\n\tkernel /v quiet=1 ro\n");
    edit.arguments.append = {"b"};
    EXPECT_EQ(run("label x\n\tkernel /v quiet ro\n", edit).text, "label x\n\tkernel /v quiet=1 ro\n\tappend b\n");
    EXPECT_EQ(run("label x\nkernel /v quiet\nappend -\n", edit).text, "label x\nkernel /v quiet=1\nappend b\n");
}

TEST(IsolinuxEditor, ALabelIsItsFirstWord) {
    const ConfigEdit read = run("label rescue mode\nkernel /v\n", {});
    EXPECT_THAT(read.menu.bootable, ElementsAre("rescue"));
    EXPECT_EQ(read.names.at(0).alias, "rescue mode");
}

TEST(IsolinuxEditor, RemovingWhatWasAppendedRestoresTheFile) {
    const std::string texts[] = {"label a\nkernel /v\nappend ro --- quiet \nlabel b\nlinux /w\nappend\n",
                                 "append x\r\nlabel a\r\nkernel /v\r\n", "default /v"};
    for (const std::string& text : texts) {
        const std::string appended = run(text, appending({"isolde.x=1", "isolde.y"})).text;
        EXPECT_NE(appended, text);
        EXPECT_EQ(run(appended, removing({"isolde.x", "isolde.y"})).text, text);
    }
}

}  // namespace
}  // namespace isolde::vmedia
