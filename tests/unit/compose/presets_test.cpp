// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/presets.h"

#include <gtest/gtest.h>

namespace isolde::vmedia {
namespace {

Preset preset(PresetKind kind, const std::string& content = "answers\n") {
    Preset result;
    result.kind = kind;
    result.content = base::to_bytes(content);
    return result;
}

Recognition image_of(std::vector<Installer> installers) {
    Recognition image;
    image.installers = std::move(installers);
    image.volume_id = "LABEL";
    return image;
}

Recognition labelled(const std::string& label) {
    Recognition image;
    image.volume_id = label;
    return image;
}

struct Placed {
    const char* name;
    PresetKind kind;
    const char* content;
    std::vector<Installer> image;
    FileTarget target;
    std::vector<std::string> paths;
    std::vector<std::string> append;
};

TEST(Presets, GoWhereTheInstallerLooksForThem) {
    const Placed rows[] = {
        {"preseed",
         PresetKind::Preseed,
         "d-i x\n",
         {Installer::Debian},
         FileTarget::Initrd,
         {"/preseed.cfg"},
         {"auto=true", "priority=critical"}},
        {"kickstart",
         PresetKind::Kickstart,
         "text\n",
         {Installer::Anaconda},
         FileTarget::Initrd,
         {"/ks.cfg"},
         {"inst.ks=file:/ks.cfg"}},
        {"ignition",
         PresetKind::Ignition,
         "{}",
         {Installer::CoreOs},
         FileTarget::Initrd,
         {"/config.ign"},
         {"ignition.firstboot", "ignition.platform.id=metal"}},
        {"autoyast",
         PresetKind::AutoYast,
         "<profile/>",
         {Installer::Yast},
         FileTarget::Initrd,
         {"/autoinst.xml"},
         {"autoyast=file:///autoinst.xml"}},
        {"bare autoinstall",
         PresetKind::Autoinstall,
         "version: 1\n",
         {Installer::Subiquity, Installer::Casper},
         FileTarget::Iso,
         {"/autoinstall.yaml"},
         {"autoinstall"}},
        {"autoinstall as cloud-config",
         PresetKind::Autoinstall,
         "#cloud-config\nautoinstall:\n",
         {Installer::Subiquity, Installer::Casper},
         FileTarget::Iso,
         {"/nocloud/user-data", "/nocloud/meta-data"},
         {"autoinstall", "ds=nocloud;s=/cdrom/nocloud/"}},
        {"cloud-init in casper",
         PresetKind::CloudInit,
         "#cloud-config\n",
         {Installer::Casper},
         FileTarget::Iso,
         {"/nocloud/user-data", "/nocloud/meta-data"},
         {"ds=nocloud;s=/cdrom/nocloud/"}},
        {"cloud-init in live-build",
         PresetKind::CloudInit,
         "#cloud-config\n",
         {Installer::LiveBuild},
         FileTarget::Iso,
         {"/nocloud/user-data", "/nocloud/meta-data"},
         {"ds=nocloud;s=/run/live/medium/nocloud/"}},
    };
    for (const Placed& row : rows) {
        SCOPED_TRACE(row.name);
        const auto place = place_preset(preset(row.kind, row.content), image_of(row.image));
        ASSERT_TRUE(place.ok()) << place.error().to_string();
        std::vector<std::string> paths;
        for (const InjectedFile& file : place->files) {
            paths.push_back(file.path);
            EXPECT_EQ(file.target, row.target);
        }
        EXPECT_EQ(paths, row.paths);
        EXPECT_EQ(place->append, row.append);
        EXPECT_EQ(base::as_text(place->files.front().content), row.content);
        for (const std::string& argument : row.append) {
            EXPECT_NE(place->note.find(argument), std::string::npos) << place->note;
        }
    }
}

TEST(Presets, ForAnotherInstallerAreRefusedWithWhatTheImageIsAndTheWayOut) {
    struct Refused {
        const char* name;
        PresetKind kind;
        std::vector<Installer> image;
        const char* recognised;
        const char* way_out;
    };
    const Refused rows[] = {
        {"preseed for Fedora", PresetKind::Preseed, {Installer::Anaconda}, "Anaconda", "--kickstart"},
        {"kickstart for Debian", PresetKind::Kickstart, {Installer::Debian}, "debian-installer", "--preseed"},
        {"autoinstall for the desktop", PresetKind::Autoinstall, {Installer::Casper}, "casper", "subiquity"},
        {"ignition for nothing known", PresetKind::Ignition, {}, "no installer that presets know", "CoreOS"},
        {"cloud-init for an installer", PresetKind::CloudInit, {Installer::Debian}, "debian-installer", "CIDATA"},
        {"network data for another label", PresetKind::NetworkData, {Installer::Debian}, "LABEL", "config drive"},
    };
    for (const Refused& row : rows) {
        SCOPED_TRACE(row.name);
        const auto place = place_preset(preset(row.kind), image_of(row.image));
        ASSERT_FALSE(place.ok());
        EXPECT_EQ(place.error().kind, base::ErrorKind::Unsupported);
        const std::string text = place.error().to_string();
        EXPECT_NE(text.find(row.recognised), std::string::npos) << text;
        EXPECT_NE(text.find(row.way_out), std::string::npos) << text;
    }
}

TEST(Presets, NetworkDataGoesIntoAMediumWithALabelThatIsLookedFor) {
    const auto place = place_preset(preset(PresetKind::NetworkData, "{}"), labelled("config-2"));
    ASSERT_TRUE(place.ok());
    EXPECT_EQ(place->files.front().path, "/openstack/latest/network_data.json");
}

TEST(Presets, OfIgnitionGoIntoTheAreaThatTheImageKeepsForThem) {
    Recognition image = image_of({Installer::CoreOs});
    image.ignition_area = true;
    image.arguments = {"ignition.firstboot"};
    InjectionPlan plan;
    plan.presets.push_back(preset(PresetKind::Ignition, "{}"));
    plan.presets.back().secret = true;
    const auto expanded = expand_presets(plan, image);
    ASSERT_TRUE(expanded.ok()) << expanded.error().to_string();
    ASSERT_TRUE(expanded->plan.ignition);
    EXPECT_TRUE(expanded->plan.ignition->secret);
    EXPECT_TRUE(expanded->plan.files.empty());
    EXPECT_EQ(expanded->plan.append, std::vector<std::string>{"ignition.platform.id=metal"});
    plan.presets.push_back(plan.presets.front());
    EXPECT_FALSE(expand_presets(plan, image).ok()) << "two configurations";
}

TEST(Presets, StandBeforeThePlansOwnArgumentsAndKeepTheirSecret) {
    InjectionPlan plan;
    plan.append = {"inst.ks=file:/mine.cfg"};
    plan.presets.push_back(preset(PresetKind::Kickstart));
    plan.presets.back().secret = true;
    const auto expanded = expand_presets(plan, image_of({Installer::Anaconda}));
    ASSERT_TRUE(expanded.ok());
    EXPECT_EQ(expanded->plan.append, (std::vector<std::string>{"inst.ks=file:/ks.cfg", "inst.ks=file:/mine.cfg"}));
    EXPECT_TRUE(expanded->plan.files.front().secret);
    EXPECT_TRUE(expanded->plan.presets.empty());
}

TEST(Presets, ThatWantAPathThePlanUsesAreRefused) {
    InjectionPlan plan;
    InjectedFile file;
    file.path = "/ks.cfg";
    file.target = FileTarget::Initrd;
    plan.files.push_back(file);
    plan.presets.push_back(preset(PresetKind::Kickstart));
    const auto expanded = expand_presets(plan, image_of({Installer::Anaconda}));
    ASSERT_FALSE(expanded.ok());
    EXPECT_NE(expanded.error().to_string().find("/ks.cfg"), std::string::npos);
}

}  // namespace
}  // namespace isolde::vmedia
