// SPDX-License-Identifier: GPL-3.0-or-later
//
// Replacing arguments, naming entries and choosing a default, in every loader.
#include "vmedia/edit/bls.h"
#include "vmedia/edit/grub.h"
#include "vmedia/edit/isolinux.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace isolde::vmedia {
namespace {

using ::testing::HasSubstr;

using Editor = base::Result<ConfigEdit> (*)(std::string_view, std::string_view, const BootEdit&);

struct Row {
    const char* name;
    Editor editor;
    BootEdit edit;
    const char* before;
    const char* after;
};

BootEdit replacing(std::vector<std::string> words) {
    BootEdit edit;
    edit.arguments.replace = std::move(words);
    return edit;
}

BootEdit appending_to(std::vector<std::string> entries) {
    BootEdit edit;
    edit.arguments.append = {"a=1"};
    edit.arguments.entries = std::move(entries);
    return edit;
}

BootEdit defaulting(std::string entry) {
    BootEdit edit;
    edit.default_entry = std::move(entry);
    return edit;
}

void check(const std::vector<Row>& rows) {
    for (const Row& row : rows) {
        const auto result = row.editor("/loader/entries/x.conf", row.before, row.edit);
        ASSERT_TRUE(result.ok()) << row.name << ": " << result.error().message;
        EXPECT_EQ(result->text, row.after) << row.name;
    }
}

TEST(Editors, ReplaceAnArgumentWhereItStands) {
    check({
        {"grub", edit_grub, replacing({"vga=normal"}), "linux /v ro vga=788 --- quiet\n",
         "linux /v ro vga=normal --- quiet\n"},
        {"grub, quoted", edit_grub, replacing({"ds=nocloud;s=/x/"}), "linux /v 'ds=nocloud;s=/y/' ro\n",
         "linux /v 'ds=nocloud;s=/x/' ro\n"},
        {"grub, none there", edit_grub, replacing({"vga=normal"}), "linux /v ro --- quiet\n",
         "linux /v ro vga=normal --- quiet\n"},
        {"grub, several there", edit_grub, replacing({"console=ttyS1"}), "linux /v console=tty0 ro console=ttyS0\n",
         "linux /v console=ttyS1 ro\n"},
        {"grub, behind the marker", edit_grub, replacing({"quiet=0"}), "linux /v --- quiet\n",
         "linux /v --- quiet=0\n"},
        {"isolinux", edit_isolinux, replacing({"vga=normal"}),
         "label x\nkernel /v\nappend vga=788 initrd=/i --- quiet\n",
         "label x\nkernel /v\nappend vga=normal initrd=/i --- quiet\n"},
        {"isolinux, blanks", edit_isolinux, replacing({"k=a b"}), "label x\nkernel /v\nappend k=\"c d\" ro\n",
         "label x\nkernel /v\nappend k=\"a b\" ro\n"},
        {"isolinux, no append", edit_isolinux, replacing({"k=1"}), "label x\nkernel /v\n",
         "label x\nkernel /v\nappend k=1\n"},
        {"isolinux, append of nothing", edit_isolinux, replacing({"k=1"}), "label x\nkernel /v\nappend -\n",
         "label x\nkernel /v\nappend k=1\n"},
        {"bls, in the first of two lines", edit_bls, replacing({"root=b"}), "linux /v\noptions root=a\noptions ro\n",
         "linux /v\noptions root=b\noptions ro\n"},
        {"bls, in both lines", edit_bls, replacing({"console=x"}),
         "linux /v\noptions console=a q\noptions ro console=b\n", "linux /v\noptions console=x q\noptions ro\n"},
        {"bls, no options", edit_bls, replacing({"k=1"}), "linux /v\n", "linux /v\noptions k=1\n"},
    });
}

TEST(Editors, ChangeOnlyTheEntriesThatAreNamed) {
    const char* const grub = "menuentry 'A' { linux /v; }\nsubmenu 'S' { menuentry 'B x' { linux /v ro; } }\n";
    const char* const isolinux = "label a\nmenu label ^Install\nkernel /v\nappend ro\nlabel b\nkernel /v\nappend rw\n";
    const char* const grub_b = "menuentry 'A' { linux /v; }\nsubmenu 'S' { menuentry 'B x' { linux /v ro a=1; } }\n";
    const char* const isolinux_a =
        "label a\nmenu label ^Install\nkernel /v\nappend ro a=1\nlabel b\nkernel /v\nappend rw\n";
    check({
        {"grub, title", edit_grub, appending_to({"B x"}), grub, grub_b},
        {"grub, path", edit_grub, appending_to({"S > B x"}), grub, grub_b},
        {"grub, glob", edit_grub, appending_to({"B*"}), grub, grub_b},
        {"grub, question mark", edit_grub, appending_to({"B?x"}), grub, grub_b},
        {"grub, other case", edit_grub, appending_to({"b x"}), grub, grub},
        {"isolinux, label", edit_isolinux, appending_to({"a"}), isolinux, isolinux_a},
        {"isolinux, menu label", edit_isolinux, appending_to({"Install"}), isolinux, isolinux_a},
        {"isolinux, glob", edit_isolinux, appending_to({"*stal?"}), isolinux, isolinux_a},
        {"bls, title", edit_bls, appending_to({"Live*"}), "title Live x\nlinux /v\noptions ro\n",
         "title Live x\nlinux /v\noptions ro a=1\n"},
        {"bls, file", edit_bls, appending_to({"x.conf"}), "title T\nlinux /v\noptions ro\n",
         "title T\nlinux /v\noptions ro a=1\n"},
        {"bls, another", edit_bls, appending_to({"y.conf"}), "title T\nlinux /v\noptions ro\n",
         "title T\nlinux /v\noptions ro\n"},
    });
}

TEST(Editors, TakeTheMediaCheckFromEveryEntryThoughOneIsNamed) {
    BootEdit edit = appending_to({"A"});
    edit.arguments.always_remove = {"rd.live.check"};
    const char* const text =
        "menuentry 'A' { linux /v rd.live.check; }\nmenuentry 'B' { linux /v rd.live.check ro; }\n";
    EXPECT_EQ(edit_grub("/g", text, edit)->text, "menuentry 'A' { linux /v a=1; }\nmenuentry 'B' { linux /v ro; }\n");
}

TEST(Editors, RefuseOneEntryThatSharesTheArgumentsOfAll) {
    const auto result =
        edit_isolinux("/s.cfg", "append ro\nlabel a\nkernel /v\nlabel b\nkernel /v\n", appending_to({"a"}));
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().kind, base::ErrorKind::Unsupported);
    EXPECT_THAT(result.error().message, HasSubstr("\"a\""));
}

TEST(Editors, RefuseACommandLineThatTheKernelWouldCut) {
    const auto edit_of = [](std::size_t length) {
        BootEdit edit;
        edit.arguments.append = {std::string(length, 'a')};
        edit.arguments.remove = {"quiet"};
        edit.arguments.replace = {"x=1"};
        return edit;
    };
    const std::string old = std::string(1000, 'o') + " quiet";
    const std::size_t room = 2047 - 1001 - std::string_view(" x=1 ").size();
    const std::size_t image = std::string_view("BOOT_IMAGE=/v").size();
    const struct {
        const char* name;
        base::Result<ConfigEdit> (*edit)(std::string_view, std::string_view, const BootEdit&);
        std::string text;
        std::size_t room;
    } rows[] = {
        {"grub", edit_grub, "menuentry A { linux /v " + old + "\n}\n", room - image},
        {"isolinux", edit_isolinux, "label A\nkernel /v " + old + "\n", room - image},
        {"bls", edit_bls, "title A\nlinux /v\noptions " + old + "\n", room},
    };
    for (const auto& row : rows) {
        EXPECT_TRUE(row.edit("/f", row.text, edit_of(row.room)).ok()) << row.name;
        const auto refused = row.edit("/f", row.text, edit_of(row.room + 1));
        ASSERT_FALSE(refused.ok()) << row.name;
        EXPECT_EQ(refused.error().kind, base::ErrorKind::InvalidArgument);
        EXPECT_NE(refused.error().to_string().find("would take 2048 bytes"), std::string::npos)
            << refused.error().to_string();
        EXPECT_TRUE(row.edit("/f", row.text, {}).ok()) << row.name;
    }
}

TEST(Editors, MakeAnEntryTheDefault) {
    check({
        {"grub, by number", edit_grub, defaulting("B"), "menuentry A { linux /v; }\nmenuentry B { linux /v; }\n",
         "menuentry A { linux /v; }\nmenuentry B { linux /v; }\nset default='1'\n"},
        {"grub, in a submenu", edit_grub, defaulting("C"),
         "menuentry A { linux /v; }\nsubmenu S { menuentry B { linux /v; }; menuentry C { linux /v; } }",
         "menuentry A { linux /v; }\nsubmenu S { menuentry B { linux /v; }; menuentry C { linux /v; } }\nset "
         "default='S>C'\n"},
        {"grub, in a submenu of no certain title", edit_grub, defaulting("$t > C"),
         "submenu $t { menuentry B { linux /v; }; menuentry C { linux /v; } }\n",
         "submenu $t { menuentry B { linux /v; }; menuentry C { linux /v; } }\nset default='0>1'\n"},
        {"grub, the second of two titles", edit_grub, defaulting("S > *"),
         "submenu S { exit; }\nsubmenu S { menuentry C { linux /v; } }\n",
         "submenu S { exit; }\nsubmenu S { menuentry C { linux /v; } }\nset default='1>0'\n"},
        {"grub, a title like a number", edit_grub, defaulting("*install"),
         "submenu '1) UEFI' { menuentry '2) install' { linux /v; } }\n",
         "submenu '1) UEFI' { menuentry '2) install' { linux /v; } }\nset default='0>0'\n"},
        {"grub, beside what no one knows", edit_grub, defaulting("B"),
         "source $prefix/x.cfg\nmenuentry A { linux /v; }\nmenuentry B { linux /v; }\n",
         "source $prefix/x.cfg\nmenuentry A { linux /v; }\nmenuentry B { linux /v; }\nset default='B'\n"},
        {"grub, by title under a condition", edit_grub, defaulting("C"),
         "if x; then menuentry A { linux /v; }; fi\nsubmenu 'S > T' { menuentry C { linux /v; } }\n",
         "if x; then menuentry A { linux /v; }; fi\nsubmenu 'S > T' { menuentry C { linux /v; } }\nset default='S >> "
         "T>C'\n"},
        {"grub, the disk", edit_grub, defaulting("Disk"), "menuentry A { linux /v; }\nmenuentry Disk { exit; }\n",
         "menuentry A { linux /v; }\nmenuentry Disk { exit; }\nset default='1'\n"},
        {"grub, another file's entry", edit_grub, defaulting("Z"), "menuentry A { linux /v; }\n",
         "menuentry A { linux /v; }\n"},
        {"isolinux, by name", edit_isolinux, defaulting("b"), "default a\nlabel a\nkernel /v\nlabel b\nkernel /v\n",
         "ontimeout b\ndefault b\nlabel a\nkernel /v\nlabel b\nkernel /v\n"},
        {"isolinux, menu", edit_isolinux, defaulting("b"), "default menu.c32\nlabel a\nkernel /v\nlabel b\nkernel /v\n",
         "ontimeout b\ndefault menu.c32\nlabel a\nkernel /v\nlabel b\nkernel /v\n"},
        {"isolinux, on timeout", edit_isolinux, defaulting("b"), "ui menu.c32\nontimeout a\n",
         "ui menu.c32\nontimeout b\n"},
        {"loader.conf", edit_loader_conf, defaulting("02.conf"), "default 01.conf\ntimeout 3\n",
         "default 02.conf\ntimeout 3\n"},
        {"loader.conf without one", edit_loader_conf, defaulting("02.conf"), "timeout 3",
         "timeout 3\ndefault 02.conf\n"},
    });
}

}  // namespace
}  // namespace isolde::vmedia
