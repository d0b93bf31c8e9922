// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/engine/steps/config_drive.h"

#include "vmedia/build/iso_image.h"

#include <gtest/gtest.h>

namespace isolde::conductor {
namespace {

using base::ErrorKind;
using base::Json;
using vmedia::Installer;

Node node_named(const std::string& name) {
    Node node;
    node.id = base::NodeId("831f1e25-0c62-4970-8f12-da4ae09f99b2");
    node.name = name;
    return node;
}
const Node kNode = node_named("n7");

ConfigDriveField parts(const Json& meta_data, const std::string& user_data) {
    ConfigDriveField drive;
    drive.meta_data = meta_data;
    drive.user_data = user_data;
    return drive;
}

bool holds(const base::Bytes& image, std::string_view text) {
    return base::as_text(image).find(text) != std::string_view::npos;
}

TEST(ConfigDriveImage, IsBuiltOfThePartsWithTheNodesIdentity) {
    const auto image = config_drive_image(parts(nullptr, "#cloud-config\n"), kNode).value();
    EXPECT_TRUE(holds(image, "config-2"));
    EXPECT_TRUE(holds(image, "#cloud-config\n"));
    EXPECT_TRUE(holds(image, R"({"name":"n7","uuid":"831f1e25-0c62-4970-8f12-da4ae09f99b2"})"));
    EXPECT_EQ(config_drive_image(parts(nullptr, "#cloud-config\n"), kNode).value(), image);
}

TEST(ConfigDriveImage, KeepsAnIdentityThatWasGiven) {
    const auto image = config_drive_image(parts({{"uuid", "u"}, {"name", "own"}}, ""), kNode).value();
    EXPECT_TRUE(holds(image, R"({"name":"own","uuid":"u"})"));
}

TEST(ConfigDriveImage, IsAFatWhereThatWasAskedFor) {
    ConfigDriveField drive = parts(nullptr, "x");
    drive.format = ConfigDriveFormat::Vfat;
    const auto image = config_drive_image(drive, kNode).value();
    EXPECT_TRUE(holds(image, "CONFIG-2"));
    EXPECT_FALSE(holds(image, "CD001"));
}

TEST(ConfigDriveImage, IsServedAsItCame) {
    ConfigDriveField packed;
    packed.packed = vmedia::build_iso({"config-2", {{"/a", base::to_bytes("x")}}}).value();
    EXPECT_EQ(config_drive_image(packed, kNode).value(), packed.packed);
    EXPECT_TRUE(check_config_drive(packed, kNode).ok());
}

TEST(CheckConfigDrive, RefusesWhatCannotBeServed) {
    ConfigDriveField text;
    text.packed = base::to_bytes("#cloud-config: no image at all");
    const auto refused = check_config_drive(text, kNode);
    EXPECT_EQ(refused.error().kind, ErrorKind::InvalidArgument);
    EXPECT_NE(refused.error().to_string().find("neither an ISO 9660 image nor a FAT"), std::string::npos);
    ConfigDriveField damaged;
    damaged.packed = base::from_hex("1f8b08000000").value();
    EXPECT_EQ(check_config_drive(damaged, kNode).error().kind, ErrorKind::Corrupt);
}

TEST(MergeConfigDrive, TellsALiveSystemWhoItIs) {
    vmedia::InjectionPlan plan;
    ASSERT_TRUE(merge_config_drive(plan, parts(nullptr, "u"), kNode, {{Installer::Casper}, "Ubuntu"}).ok());
    ASSERT_EQ(plan.presets.size(), 1U);
    EXPECT_TRUE(plan.presets[0].secret);
    EXPECT_EQ(base::as_text(plan.presets[0].content), "u");
    EXPECT_EQ(Json::parse(base::as_text(plan.presets[0].meta_data)),
              (Json{{"instance-id", kNode.id.str()}, {"local-hostname", "n7"}}));
}

TEST(MergeConfigDrive, TakesAPackedDriveApart) {
    ConfigDriveField packed;
    packed.packed = config_drive_image(parts(nullptr, "u"), kNode).value();
    vmedia::InjectionPlan plan;
    ASSERT_TRUE(merge_config_drive(plan, packed, kNode, {{}, "config-2"}).ok());
    ASSERT_EQ(plan.files.size(), 2U);
    for (const auto& file : plan.files) {
        EXPECT_EQ(file.path.rfind("/openstack/latest/", 0), 0U) << file.path;
        EXPECT_TRUE(file.secret) << file.path;
    }
}

TEST(MergeConfigDrive, RefusesWhatNothingInTheImageReads) {
    vmedia::InjectionPlan plan;
    const auto merged = merge_config_drive(plan, parts(nullptr, "u"), kNode, {{Installer::Debian}, "Debian 12"});
    ASSERT_FALSE(merged.ok());
    EXPECT_EQ(merged.error().kind, ErrorKind::Unsupported);
}

}  // namespace
}  // namespace isolde::conductor
