// SPDX-License-Identifier: GPL-3.0-or-later
//
// Areas of a CoreOS live image, filled by us and read by a program of its own.
#include "workbench.h"

namespace isolde::vmedia::tests {
namespace {

const std::string kDefault =
    "mitigations=auto,nosmt coreos.liveiso=fedora-coreos-41.20250105.3.0 ignition.firstboot ignition.platform.id=metal";
constexpr std::size_t kCapacity = 1138;

std::string read_areas(const std::string& iso) {
    return shell(source_directory() + "/tests/support/read_coreos_areas.py " + extracted_by_xorriso(iso));
}

std::string areas(const std::string& arguments, const std::string& ignition = "") {
    return "arguments: " + arguments + "\ndefault: " + kDefault + "\nignition: " + ignition + "\n";
}

InjectionPlan with_ignition(const std::string& config) {
    InjectionPlan plan;
    plan.presets.push_back({PresetKind::Ignition, base::to_bytes(config), {}, false});
    return plan;
}

const std::string& coreos() {
    return iso_of_layout("coreos");
}

TEST(CoreOs, TheLayoutHasAreasAsTheOriginal) {
    EXPECT_EQ(read_areas(coreos()), areas(kDefault));
    const auto report = inspect(*image::FileSource::open(coreos()).value());
    ASSERT_TRUE(report.ok());
    ASSERT_EQ(report->areas.size(), 3U);
    EXPECT_NE(report->areas[0].find("/EFI/fedora/grub.cfg at byte"), std::string::npos);
    EXPECT_NE(report->areas[1].find("113 of 1138 bytes used"), std::string::npos) << report->areas[1];
    EXPECT_NE(report->areas[2].find("/images/ignition.img: 262144 bytes, empty"), std::string::npos);
}

TEST(CoreOs, ArgumentsStandInEveryAreaAndFilesKeepTheirPlaces) {
    InjectionPlan plan;
    plan.append = {"console=ttyS0", "ip=dhcp"};
    plan.remove = {"mitigations"};
    plan.replace = {"ignition.platform.id=nocloud"};
    const std::string composed_iso = composed_file(coreos(), plan);
    EXPECT_EQ(read_areas(composed_iso), areas("coreos.liveiso=fedora-coreos-41.20250105.3.0 ignition.firstboot "
                                              "ignition.platform.id=nocloud console=ttyS0 ip=dhcp"));
    EXPECT_EQ(differences(extracted_by_rock_ridge(coreos()), extracted_by_rock_ridge(composed_iso)),
              (std::set<std::string>{changed("/EFI/fedora/grub.cfg"), changed("/isolinux/isolinux.cfg")}));
    const std::string places = "xorriso -indev $iso -find / -type f -exec report_lba -- 2>/dev/null";
    EXPECT_EQ(shell("iso=" + coreos() + "; " + places), shell("iso=" + composed_iso + "; " + places))
        << "offsets of areas in the image are the same";
    const std::string restored = fresh_path(".iso");
    ASSERT_TRUE(undo(*image::FileSource::open(composed_iso).value(), restored).ok());
    shell("cmp " + restored + " " + coreos());
}

TEST(CoreOs, AnAreaTakesWhatFitsAndNotOneByteMore) {
    const std::size_t left = kCapacity - kDefault.size() - 1;
    for (const std::size_t length : {left - 1, left, left + 1}) {
        InjectionPlan plan;
        plan.append = {"k=" + std::string(length - 2, 'x')};
        const auto composition = try_compose(coreos(), plan);
        if (length <= left) {
            EXPECT_EQ(read_areas(composed_file(coreos(), plan)), areas(kDefault + " " + plan.append[0]));
            continue;
        }
        ASSERT_FALSE(composition.ok());
        EXPECT_EQ(composition.error().kind, base::ErrorKind::Exhausted);
        EXPECT_NE(composition.error().to_string().find("/EFI/fedora/grub.cfg"), std::string::npos);
        EXPECT_NE(composition.error().to_string().find("holds 1138"), std::string::npos);
    }
}

TEST(CoreOs, AnAreaThatMovesTakesItsOffsetAlong) {
    const std::string waiting = fresh_path(".iso");
    shell("sed 's/^timeout 50$/timeout 0 /' " + coreos() + " >" + waiting);  // isolinux: wait for ever
    InjectionPlan plan;
    plan.append = {"a=1"};
    const Composition composition = composed(waiting, plan);
    EXPECT_NE(base::dump_json(composition.manifest).find("coreos-offsets"), std::string::npos);
    const std::string composed_iso = composed_file(waiting, plan);
    EXPECT_EQ(read_areas(composed_iso), areas(kDefault + " a=1"));
    const std::string again = composed_file(composed_iso, plan);
    EXPECT_EQ(read_areas(again), areas(kDefault + " a=1 a=1")) << "composed upon a composed image";
}

TEST(CoreOs, AnIgnitionConfigurationFillsItsAreaInPlace) {
    const std::string config = R"({"ignition":{"version":"3.4.0"}})";
    const Composition composition = composed(coreos(), with_ignition(config));
    EXPECT_LT(composition.report.delta_bytes, 32768U);
    ASSERT_EQ(composition.report.areas.size(), 1U);
    EXPECT_NE(composition.report.areas[0].find("of 262144 bytes used"), std::string::npos);
    const std::string composed_iso = composed_file(coreos(), with_ignition(config));
    EXPECT_EQ(read_areas(composed_iso), areas(kDefault, config)) << "arguments that are there are not given again";
    EXPECT_EQ(differences(extracted_by_joliet(coreos()), extracted_by_joliet(composed_iso)),
              (std::set<std::string>{changed("/images/ignition.img")}));
    EXPECT_NE(base::dump_json(composition.manifest).find("coreos-ignition-area"), std::string::npos);
    const std::string restored = fresh_path(".iso");
    ASSERT_TRUE(undo(*image::FileSource::open(composed_iso).value(), restored).ok());
    shell("cmp " + restored + " " + coreos());
}

TEST(CoreOs, AnIgnitionConfigurationThatIsTooLargeMakesTheFileGrow) {
    const std::string config = R"({"ignition":{"version":"3.4.0"},"x":")" + std::string(300000, 'x') + "\"}";
    const std::string composed_iso = composed_file(coreos(), with_ignition(config));
    EXPECT_EQ(read_areas(composed_iso), areas(kDefault, config));
    const std::string tree = extracted_by_joliet(composed_iso);
    EXPECT_GT(content_of(tree + "/images/ignition.img").size(), 300000U);
}

TEST(CoreOs, AConfigurationThatIsThereIsReplacedAndThatIsTold) {
    const std::string first = composed_file(coreos(), with_ignition(std::string(5000, 'y')));
    const Composition second = composed(first, with_ignition("{}"));
    ASSERT_TRUE(second.image);
    EXPECT_NE(base::dump_json(render_json(second.report)).find("held an Ignition configuration already"),
              std::string::npos);
    EXPECT_EQ(read_areas(composed_file(first, with_ignition("{}"))), areas(kDefault, "{}"));
}

TEST(CoreOs, AMinimalIsoThatCannotBeExtractedAnyMoreIsToldAbout) {
    const std::string iso = fresh_path(".iso");
    shell("xorriso -indev " + coreos() + " -outdev " + iso + " -boot_image any keep -map " + coreos() +
          " /coreos/miniso.dat -commit 2>&1");
    const auto warns = [](const std::string& base, const InjectionPlan& plan) {
        return render_text(composed(base, plan).report).find("/coreos/miniso.dat") != std::string::npos;
    };
    InjectionPlan arguments;
    arguments.append = {"ip=dhcp"};
    InjectionPlan a_file;
    a_file.files = {text_file("/coreos/more", "x\n")};
    EXPECT_TRUE(warns(iso, arguments)) << "areas are filled where they are";
    EXPECT_TRUE(warns(iso, with_ignition("{}")));
    EXPECT_FALSE(warns(iso, a_file)) << "no content changes its place or bytes";
    EXPECT_FALSE(warns(coreos(), arguments));
}

TEST(CoreOs, FilesForTheInitrdLeaveTheAreaAlone) {
    InjectionPlan plan = with_ignition("{}");
    plan.files = {text_file("/etc/probe", "here\n", FileTarget::Initrd)};
    const std::string composed_iso = composed_file(coreos(), plan);
    EXPECT_EQ(read_areas(composed_iso), areas(kDefault, "{}"));
    EXPECT_NE(content_of(extracted_by_xorriso(composed_iso) + "/images/pxeboot/initrd.img").find("here\n"),
              std::string::npos);
}

TEST(CoreOs, ArgumentsThatLoadersQuoteDifferentlyAreToldAbout) {
    InjectionPlan plan;
    plan.append = {"ds=nocloud;s=/x/"};
    const Composition composition = composed(coreos(), plan);
    ASSERT_TRUE(composition.image);
    ASSERT_FALSE(composition.report.warnings.empty());
    EXPECT_NE(composition.report.warnings[0].find("coreos-installer"), std::string::npos);
}

}  // namespace
}  // namespace isolde::vmedia::tests
