// SPDX-License-Identifier: GPL-3.0-or-later
//
// Which boot entries of an image an edit reaches: those of a chain of menus, those that are named, and the default.
#include "workbench.h"

#include "vmedia/compose/boot_files.h"

namespace isolde::vmedia::tests {
namespace {

std::map<std::string, std::string> texts_of(const Composition& composition) {
    std::map<std::string, std::string> texts;
    const auto boot = read_boot_files(*composition.image);
    for (const BootConfigFile& file : boot.ok() ? boot->configurations : std::vector<BootConfigFile>()) {
        texts[file.path] = file.text;
    }
    return texts;
}

TEST(ComposedArch, EditsEachMenuOfTheChainOnceAndItsEntriesOnBothSides) {
    InjectionPlan plan;
    plan.append = {"isolde.x=1", "isolde.raw=it's\\n"};
    const Composition composition = composed(iso_of_layout("arch"), plan);
    auto texts = texts_of(composition);
    auto before = texts_of(composed(iso_of_layout("arch"), {}));
    EXPECT_NE(texts["/boot/syslinux/syslinux.cfg"].find("DEFAULT select"), std::string::npos)
        << texts["/boot/syslinux/syslinux.cfg"];
    EXPECT_EQ(texts["/boot/syslinux/archiso_head.cfg"], before["/boot/syslinux/archiso_head.cfg"]);
    for (const char* path :
         {"/boot/syslinux/archiso_sys-linux.cfg", "/loader/entries/01-archiso-linux.conf",
          "EFI:/loader/entries/01-archiso-linux.conf", "EFI:/loader/entries/02-archiso-speech-linux.conf"}) {
        EXPECT_NE(texts[path].find(" isolde.x=1 isolde.raw=it's\\n\n"), std::string::npos) << path << texts[path];
    }
}

TEST(ComposedDebian, ANamedEntryIsTheOnlyOneThatChangesAndTheDefault) {
    InjectionPlan plan;
    plan.append = {"isolde.x=1"};
    plan.replace = {"vga=normal"};
    plan.entries = {"Automated install", "... Automated install"};
    plan.default_entry = "*Automated install";
    const Composition composition = composed(iso_of_layout("debian"), plan);
    auto texts = texts_of(composition);
    EXPECT_NE(texts["/isolinux/adtxt.cfg"].find("append auto=true priority=critical vga=normal initrd=/install.amd/"
                                                "initrd.gz isolde.x=1 --- quiet"),
              std::string::npos);
    EXPECT_NE(texts["/boot/grub/grub.cfg"].find("priority=critical vga=normal isolde.x=1 --- quiet"),
              std::string::npos);
    EXPECT_NE(texts["/boot/grub/grub.cfg"].find("set default='Advanced options ...>... Automated install'\n"),
              std::string::npos);
    EXPECT_NE(texts["/isolinux/isolinux.cfg"].find("ontimeout auto\n"), std::string::npos);
    EXPECT_EQ(texts["/isolinux/txt.cfg"].find("isolde.x"), std::string::npos);
}

TEST(ComposedDebian, WarnsOfALoaderOfWhichNoEntryIsNamed) {
    InjectionPlan plan;
    plan.append = {"isolde.x=1"};
    plan.entries = {"auto"};
    const auto warnings = composed(iso_of_layout("debian"), plan).report.warnings;
    ASSERT_FALSE(warnings.empty());
    EXPECT_NE(warnings[0].find("no entry of grub is among those named"), std::string::npos) << warnings[0];
}

/// As live-build has it: entries of one menu in three files, one of them read inside a submenu.
const char* const kLiveMenu =
    "menuentry 'Live' {\n linux /live/vmlinuz\n}\nsource /boot/grub/start.cfg\n"
    "submenu 'More' {\n source /boot/grub/more.cfg\n}\n";

InjectionPlan live_menu() {
    InjectionPlan plan;
    plan.files = {text_file("/boot/grub/grub.cfg", kLiveMenu),
                  text_file("/boot/grub/start.cfg", "menuentry 'Start' {\n linux /live/vmlinuz\n}\n"),
                  text_file("/boot/grub/more.cfg", "menuentry 'Expert' {\n linux /live/vmlinuz\n}\n")};
    return plan;
}

TEST(ComposedLive, NamesADefaultByItsTitleInAMenuOfSeveralFiles) {
    InjectionPlan plan = live_menu();
    plan.default_entry = "Start";
    auto texts = texts_of(composed(iso_of_layout("live"), plan));
    EXPECT_EQ(texts["/boot/grub/start.cfg"], "menuentry 'Start' {\n linux /live/vmlinuz\n}\nset default='Start'\n");
    EXPECT_EQ(texts["/boot/grub/grub.cfg"], "set timeout=5\n" + std::string(kLiveMenu));
    EXPECT_EQ(texts["/boot/grub/more.cfg"], "menuentry 'Expert' {\n linux /live/vmlinuz\n}\n");
}

TEST(ComposedLive, RefusesADefaultThatAnotherFileReadsInsideASubmenu) {
    InjectionPlan plan = live_menu();
    plan.default_entry = "Expert";
    const auto composition = try_compose(iso_of_layout("live"), plan);
    ASSERT_FALSE(composition.ok());
    EXPECT_NE(composition.error().message.find("\"Expert\" stands in /boot/grub/more.cfg"), std::string::npos)
        << composition.error().message;
}

TEST(ComposedDebian, ListsTheEntriesWhenOneIsNamedThatIsNot) {
    InjectionPlan by_entry;
    by_entry.append = {"isolde.x=1"};
    by_entry.entries = {"Instal"};
    InjectionPlan by_default;
    by_default.default_entry = "Instal";
    for (const InjectionPlan& plan : {by_entry, by_default}) {
        const auto composition = try_compose(iso_of_layout("debian"), plan);
        ASSERT_FALSE(composition.ok());
        EXPECT_EQ(composition.error().kind, base::ErrorKind::NotFound);
        EXPECT_NE(composition.error().message.find("\"auto\""), std::string::npos) << composition.error().message;
        EXPECT_NE(composition.error().message.find("\"Advanced options ... > ... Rescue mode\""), std::string::npos);
    }
}

}  // namespace
}  // namespace isolde::vmedia::tests
