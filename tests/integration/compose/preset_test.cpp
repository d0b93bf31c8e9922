// SPDX-License-Identifier: GPL-3.0-or-later
#include "workbench.h"

#include "vmedia/compose/installer.h"

namespace isolde::vmedia::tests {
namespace {

TEST(Recognition, NamesTheInstallerOfEachLayout) {
    const std::map<std::string, std::string> rows{{"debian", "debian-installer"},
                                                  {"opensuse", "YaST"},
                                                  {"casper", "casper"},
                                                  {"live", "live-build"},
                                                  {"alpine", "no installer that presets know"}};
    for (const auto& [layout, expected] : rows) {
        const auto found = recognise(*image::FileSource::open(iso_of_layout(layout)).value());
        ASSERT_TRUE(found.ok()) << layout;
        EXPECT_EQ(found->text(), expected) << layout;
    }
}

TEST(Recognition, KnowsTheServerInstallerOfUbuntu2004) {
    InjectionPlan plan;
    plan.files = {text_file("/casper/installer.squashfs", "x")};
    const auto found = recognise(*composed(iso_of_layout("casper"), plan).image);
    ASSERT_TRUE(found.ok());
    EXPECT_EQ(found->text(), "subiquity and casper");
}

TEST(Preset, OfADebianInstallerIsInItsInitrdWithItsArguments) {
    InjectionPlan plan;
    Preset preset;
    preset.content = base::to_bytes("d-i debian-installer/locale string C\n");
    plan.presets.push_back(preset);
    const Composition composition = composed(iso_of_layout("debian"), plan);
    ASSERT_EQ(composition.report.presets.size(), 1U);
    const std::string tree = extracted_by_xorriso(composed_file(iso_of_layout("debian"), plan));
    EXPECT_NE(content_of(tree + "/isolinux/txt.cfg").find("auto=true priority=critical"), std::string::npos);
    const std::string archive = content_of(tree + "/install.amd/initrd.gz");
    EXPECT_NE(archive.find("d-i debian-installer/locale"), std::string::npos);
}

}  // namespace
}  // namespace isolde::vmedia::tests
