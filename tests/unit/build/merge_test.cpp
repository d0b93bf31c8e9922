// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/build/merge.h"

#include "vmedia/build/second_media.h"
#include "vmedia/compose/presets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace isolde::vmedia {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Recognition image_of(std::vector<Installer> installers, const std::string& label = "LIVE") {
    Recognition image;
    image.installers = std::move(installers);
    image.volume_id = label;
    return image;
}

/// The plan; an error fails the test.
InjectionPlan merged(const MediaContent& medium, const Recognition& image) {
    InjectionPlan plan;
    const auto result = merge_medium(plan, medium, image);
    EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.error().message);
    return plan;
}

std::string text_of(const base::Bytes& bytes) {
    return std::string(base::as_text(bytes));
}

std::string file_at(const InjectionPlan& plan, const std::string& path) {
    const auto found = std::find_if(plan.files.begin(), plan.files.end(),
                                    [&path](const InjectedFile& file) { return file.path == path; });
    return found == plan.files.end() ? "no such file" : text_of(found->content);
}

MediaContent drive_of(const ConfigDrive& parts) {
    return config_drive(parts).value();
}

constexpr const char* kMetaData = R"({"uuid": "u-1", "name": "n1", "hostname": "h1", "extra": 1})";

TEST(Merge, AConfigDriveIntoALiveSystemIsASeed) {
    for (const Installer installer : {Installer::Casper, Installer::LiveBuild}) {
        const InjectionPlan plan = merged(drive_of({kMetaData, R"({"links": [], "services": []})",
                                                    R"({"cloud-init": "#cloud-config\n"})", "#!/bin/sh\n"}),
                                          image_of({installer}));
        ASSERT_EQ(plan.presets.size(), 1U);
        EXPECT_EQ(plan.presets[0].kind, PresetKind::CloudInit);
        EXPECT_TRUE(plan.presets[0].secret);
        EXPECT_EQ(text_of(plan.presets[0].content), "#!/bin/sh\n");
        EXPECT_EQ(text_of(plan.presets[0].meta_data), "{\"instance-id\":\"u-1\",\"local-hostname\":\"h1\"}\n");
        EXPECT_EQ(file_at(plan, "/nocloud/vendor-data"), "#cloud-config\n");
        EXPECT_TRUE(expand_presets(plan, image_of({installer})).ok());
    }
}

TEST(Merge, AConfigDriveIntoCoreOsIsItsIgnitionConfiguration) {
    const InjectionPlan plan =
        merged(drive_of({kMetaData, "", "", R"({"ignition": {"version": "3.4.0"}})"}), image_of({Installer::CoreOs}));
    ASSERT_EQ(plan.presets.size(), 1U);
    EXPECT_EQ(plan.presets[0].kind, PresetKind::Ignition);
    EXPECT_THAT(plan.files, IsEmpty());
}

TEST(Merge, AnImageOfTheSameLabelTakesTheFilesAsTheyAre) {
    const InjectionPlan plan =
        merged(drive_of({kMetaData, R"({"links": [{"id": "l"}]})", "", "u"}), image_of({}, "CONFIG-2"));
    EXPECT_EQ(file_at(plan, "/openstack/latest/user_data"), "u");
    EXPECT_EQ(file_at(plan, "/openstack/latest/network_data.json"), R"({"links": [{"id": "l"}]})");
    EXPECT_TRUE(
        std::all_of(plan.files.begin(), plan.files.end(), [](const InjectedFile& file) { return file.secret; }));
}

TEST(Merge, TheAgentsImageTakesNetworkData) {
    const InjectionPlan plan =
        merged(drive_of({kMetaData, R"({"links": [{"id": "l"}]})", "", ""}), image_of({}, "VMEDIA_BOOT_ISO"));
    ASSERT_EQ(plan.presets.size(), 1U);
    EXPECT_EQ(plan.presets[0].kind, PresetKind::NetworkData);
    EXPECT_TRUE(merged(drive_of({kMetaData, "", "", ""}), image_of({}, "VMEDIA_BOOT_ISO")).presets.empty());
}

TEST(Merge, OtherVersionsOfAConfigDriveSayTheSame) {
    MediaContent drive = drive_of({kMetaData, "", "", "u"});
    for (const char* path :
         {"/openstack/2012_08_10/user_data", "/openstack/2018-08-27/meta_data.json", "/ec2/latest/meta-data.json"}) {
        drive.files.push_back({path, base::to_bytes("old")});
    }
    EXPECT_EQ(text_of(merged(drive, image_of({Installer::Casper})).presets[0].content), "u");
}

TEST(Merge, ASeedKeepsItsPartsAndItsNetworkIsAnArgument) {
    const InjectionPlan plan = merged(cidata({"u", "instance-id: i\n", "version: 2\n", "v"}),
                                      image_of({Installer::Subiquity, Installer::Casper}));
    ASSERT_EQ(plan.presets.size(), 1U);
    EXPECT_EQ(text_of(plan.presets[0].meta_data), "instance-id: i\n");
    EXPECT_EQ(file_at(plan, "/nocloud/vendor-data"), "v");
    EXPECT_THAT(plan.append, ElementsAre("network-config=" + base::to_base64(base::as_bytes("version: 2\n"))));
}

TEST(Merge, AKickstartIsAPreset) {
    const InjectionPlan plan = merged(oemdrv("text\n"), image_of({Installer::Anaconda}));
    ASSERT_EQ(plan.presets.size(), 1U);
    EXPECT_EQ(plan.presets[0].kind, PresetKind::Kickstart);
}

TEST(Merge, WindowsAnswersGoIntoTheRootWithAllBesideThem) {
    MediaContent answers = autounattend("<unattend/>");
    answers.files.push_back({"/$WinPEDriver$/a.inf", base::to_bytes("i")});
    const InjectionPlan plan = merged(answers, image_of({Installer::Windows}));
    EXPECT_EQ(file_at(plan, "/autounattend.xml"), "<unattend/>");
    EXPECT_EQ(file_at(plan, "/$WinPEDriver$/a.inf"), "i");
}

MediaContent with_file(MediaContent medium, const std::string& path) {
    medium.files.push_back({path, base::to_bytes("x")});
    return medium;
}

Recognition windows_with_udf() {
    Recognition image = image_of({Installer::Windows});
    image.udf = true;
    return image;
}

struct Refused {
    const char* name;
    MediaContent medium;
    Recognition image;
    std::vector<const char*> said;
};

TEST(Merge, RefusesByNameWhatNothingInTheImageWouldRead) {
    const std::string network = R"({"links": [{"id": "l"}]})";
    const Recognition live = image_of({Installer::Casper});
    const Recognition core = image_of({Installer::CoreOs});
    const Refused rows[] = {
        {"drive, installer",
         drive_of({"", "", "", "u"}),
         image_of({Installer::Debian}),
         {"config drive", "debian-installer", "answer file"}},
        {"network data, seed", drive_of({"", network, "", "u"}), live, {"network_data.json", "network-config"}},
        {"vendor data, seed", drive_of({"", "", R"({"cloud-init": ["a"]})", "u"}), live, {"vendor_data.json"}},
        {"network data, CoreOS",
         drive_of({"", network, "", R"({"ignition": {}})"}),
         core,
         {"network_data.json", "ip="}},
        {"script, CoreOS", drive_of({"", "", "", "#!/bin/sh\n"}), core, {"Ignition"}},
        {"user data, agent", drive_of({"", "", "", "u"}), image_of({}, "VMEDIA_BOOT_ISO"), {"user_data", "config-2"}},
        {"personality",
         with_file(drive_of({"", "", "", "u"}), "/openstack/content/0000"),
         live,
         {"/openstack/content/0000"}},
        {"seed, no cloud-init", cidata({"u", "", "", ""}), image_of({Installer::Yast}), {"CIDATA", "YaST"}},
        {"more than a seed", with_file(cidata({"u", "", "", ""}), "/more"), live, {"/more"}},
        {"long network", cidata({"u", "", std::string(800, 'n'), ""}), live, {"network-config", "1024"}},
        {"kickstart, not Anaconda", oemdrv("k"), live, {"OEMDRV", "casper"}},
        {"driver disk",
         with_file(oemdrv("k"), "/rhdd3"),
         image_of({Installer::Anaconda}),
         {"/rhdd3", "slot of its own"}},
        {"answers, UDF", autounattend("<u/>"), windows_with_udf(), {"UDF", "slot of its own"}},
        {"answers, Linux", autounattend("<u/>"), live, {"Windows Setup", "casper"}},
        {"data", {"DATA", {{"/a", {}}}}, live, {"DATA", "label"}},
    };
    for (const Refused& row : rows) {
        InjectionPlan plan;
        const auto result = merge_medium(plan, row.medium, row.image);
        ASSERT_FALSE(result.ok()) << row.name;
        EXPECT_EQ(result.error().kind, base::ErrorKind::Unsupported) << row.name;
        for (const char* word : row.said) {
            EXPECT_THAT(result.error().message, HasSubstr(word)) << row.name;
        }
    }
}

TEST(Merge, RefusesPartsThatAreNoJson) {
    MediaContent drive = drive_of({"", "", "", "u"});
    drive.files.push_back({"/openstack/latest/network_data.json", base::to_bytes("[")});
    InjectionPlan plan;
    EXPECT_EQ(merge_medium(plan, drive, image_of({Installer::Casper})).error().kind, base::ErrorKind::InvalidArgument);
}

}  // namespace
}  // namespace isolde::vmedia
