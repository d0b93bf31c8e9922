// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/presets.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace isolde::vmedia {
namespace {

/// A single answer file for one installer.
struct AnswerFile {
    PresetKind kind;
    Installer installer;
    FileTarget target;
    std::string_view path;
    std::array<std::string_view, 2> arguments;
};

// Sources: Debian installation guide, appendix B.2 (a preseed.cfg in the initrd's root is read before the first
// question); Anaconda boot options (inst.ks=file: is looked up in the initrd); coreos-installer (config.ign in the
// initrd's root); AutoYaST guide, "file:" control files (looked up in the RAM disk); Subiquity autoinstall, "provide
// autoinstall" (autoinstall.yaml at the root of the medium).
constexpr std::array kAnswerFiles{
    AnswerFile{
        PresetKind::Preseed, Installer::Debian, FileTarget::Initrd, "/preseed.cfg", {"auto=true", "priority=critical"}},
    AnswerFile{PresetKind::Kickstart, Installer::Anaconda, FileTarget::Initrd, "/ks.cfg", {"inst.ks=file:/ks.cfg", ""}},
    AnswerFile{PresetKind::Ignition,
               Installer::CoreOs,
               FileTarget::Initrd,
               "/config.ign",
               {"ignition.firstboot", "ignition.platform.id=metal"}},
    AnswerFile{PresetKind::AutoYast,
               Installer::Yast,
               FileTarget::Initrd,
               "/autoinst.xml",
               {"autoyast=file:///autoinst.xml", ""}},
    AnswerFile{
        PresetKind::Autoinstall, Installer::Subiquity, FileTarget::Iso, "/autoinstall.yaml", {"autoinstall", ""}},
};

InjectedFile file_of(const Preset& preset, FileTarget target, std::string path, base::Bytes content) {
    InjectedFile file;
    file.path = std::move(path);
    file.target = target;
    file.content = std::move(content);
    file.mode = 0600;
    file.secret = preset.secret;
    return file;
}

std::string_view place_name(FileTarget target) {
    return target == FileTarget::Initrd ? " in every initrd" : " in the ISO";
}

base::Error not_for(const Preset& preset, const Recognition& image, std::string_view instead) {
    return base::unsupported("the preset " + std::string(to_string(preset.kind)) +
                             " does not fit this image, which has " + image.text() + "; " + std::string(instead));
}

PresetPlace place_answer_file(const Preset& preset, const AnswerFile& rule) {
    PresetPlace place;
    place.files.push_back(file_of(preset, rule.target, std::string(rule.path), preset.content));
    place.note = "preset " + std::string(to_string(preset.kind)) + " for " + std::string(to_string(rule.installer)) +
                 ": " + std::string(rule.path) + std::string(place_name(rule.target));
    for (const std::string_view argument : rule.arguments) {
        if (!argument.empty()) {
            place.append.emplace_back(argument);
            place.note += ", " + std::string(argument);
        }
    }
    return place;
}

/// The area is loaded by every entry; the arguments that make a live system look at it stand there as a rule.
PresetPlace place_in_ignition_area(const Preset& preset, const Recognition& image) {
    PresetPlace place;
    place.ignition = IgnitionConfig{preset.content, preset.secret};
    place.note = "preset ignition for CoreOS: in the image's area for it";
    for (const char* argument : {"ignition.firstboot", "ignition.platform.id=metal"}) {
        if (std::find(image.arguments.begin(), image.arguments.end(), argument) == image.arguments.end()) {
            place.append.emplace_back(argument);
            place.note += ", " + std::string(argument);
        }
    }
    return place;
}

bool is_cloud_config(const base::Bytes& content) {
    constexpr std::string_view kHead = "#cloud-config";
    return content.size() >= kHead.size() && base::as_text(base::ByteView(content)).substr(0, kHead.size()) == kHead;
}

/// A NoCloud seed directory in the ISO (cloud-init, NoCloud: "ds=nocloud;s=" and a path that ends in a slash). `medium`
/// is where the running system has mounted the ISO.
PresetPlace place_seed(const Preset& preset, Installer installer, std::string_view medium) {
    PresetPlace place;
    const std::string directory(kSeedDirectory);
    const std::string seed = "ds=nocloud;s=" + std::string(medium) + directory + "/";
    const base::Bytes meta = preset.meta_data.empty() ? base::to_bytes("instance-id: isolde\n") : preset.meta_data;
    place.files.push_back(file_of(preset, FileTarget::Iso, directory + "/user-data", preset.content));
    place.files.push_back(file_of(preset, FileTarget::Iso, directory + "/meta-data", meta));
    place.append.push_back(seed);
    place.note = "preset " + std::string(to_string(preset.kind)) + " for " + std::string(to_string(installer)) +
                 ": user-data and meta-data below " + directory + " in the ISO, " + seed;
    return place;
}

base::Result<PresetPlace> place_cloud_init(const Preset& preset, const Recognition& image) {
    if (image.has(Installer::Casper)) {
        return place_seed(preset, Installer::Casper, "/cdrom");
    }
    if (image.has(Installer::LiveBuild)) {
        return place_seed(preset, Installer::LiveBuild, "/run/live/medium");
    }
    return not_for(preset, image, "give it as a second medium with the label CIDATA");
}

/// Autoinstall as cloud-config goes the way of cloud-init, bare autoinstall into one file.
base::Result<PresetPlace> place_autoinstall_seed(const Preset& preset, const Recognition& image) {
    if (!image.has(Installer::Subiquity)) {
        return not_for(preset, image, "an autoinstall file is read by Ubuntu's subiquity alone");
    }
    PresetPlace place = place_seed(preset, Installer::Subiquity, "/cdrom");
    place.append.insert(place.append.begin(), "autoinstall");
    place.note += ", autoinstall";
    return place;
}

/// Glean and the Ironic agent read it from a medium with one of these labels.
base::Result<PresetPlace> place_network_data(const Preset& preset, const Recognition& image) {
    if (image.volume_id != "config-2" && image.volume_id != "VMEDIA_BOOT_ISO") {
        return base::unsupported(
            "the preset network-data is read from media with the label config-2 or VMEDIA_BOOT_ISO, and " +
            ("this image's is \"" + image.volume_id) +
            "\", which must stay; give it as a config drive on a second medium");
    }
    PresetPlace place;
    place.files.push_back(file_of(preset, FileTarget::Iso, "/openstack/latest/network_data.json", preset.content));
    place.note = "preset network-data: /openstack/latest/network_data.json in the ISO";
    return place;
}

std::string_view instead_of(PresetKind kind) {
    switch (kind) {
        case PresetKind::Preseed:
            return "for Ubuntu's server installer give --autoinstall, for Fedora and RHEL --kickstart";
        case PresetKind::Kickstart: return "for Debian give --preseed, for Ubuntu --autoinstall, for SUSE --autoyast";
        case PresetKind::Autoinstall: return "an autoinstall file is read by Ubuntu's subiquity alone";
        case PresetKind::Ignition: return "an Ignition configuration is read by CoreOS images alone";
        case PresetKind::AutoYast: return "an AutoYaST profile is read by SUSE's installers alone";
        case PresetKind::CloudInit:
        case PresetKind::NetworkData: break;
    }
    return "give it as a second medium";
}

}  // namespace

base::Result<PresetPlace> place_preset(const Preset& preset, const Recognition& image) {
    if (preset.kind == PresetKind::Ignition && image.ignition_area) {
        return place_in_ignition_area(preset, image);
    }
    if (preset.kind == PresetKind::CloudInit) {
        return place_cloud_init(preset, image);
    }
    if (preset.kind == PresetKind::NetworkData) {
        return place_network_data(preset, image);
    }
    if (preset.kind == PresetKind::Autoinstall && is_cloud_config(preset.content)) {
        return place_autoinstall_seed(preset, image);
    }
    const auto* const rule = std::find_if(kAnswerFiles.begin(), kAnswerFiles.end(), [&](const AnswerFile& candidate) {
        return candidate.kind == preset.kind && image.has(candidate.installer);
    });
    if (rule == kAnswerFiles.end()) {
        return not_for(preset, image, instead_of(preset.kind));
    }
    return place_answer_file(preset, *rule);
}

base::Result<ExpandedPlan> expand_presets(const InjectionPlan& plan, const Recognition& image) {
    ExpandedPlan expanded;
    std::vector<InjectedFile> files;
    std::vector<std::string> append;
    std::optional<IgnitionConfig> ignition = plan.ignition;
    for (const Preset& preset : plan.presets) {
        PresetPlace place = TRY(place_preset(preset, image));
        std::move(place.files.begin(), place.files.end(), std::back_inserter(files));
        append.insert(append.end(), place.append.begin(), place.append.end());
        expanded.notes.push_back(std::move(place.note));
        if (place.ignition && ignition) {
            return base::invalid_argument("two Ignition configurations are given: an image takes one");
        }
        ignition = place.ignition ? std::move(place.ignition) : std::move(ignition);
    }
    expanded.plan = plan;
    expanded.plan.presets.clear();
    expanded.plan.ignition = std::move(ignition);
    expanded.plan.files.insert(expanded.plan.files.begin(), files.begin(), files.end());
    expanded.plan.append.insert(expanded.plan.append.begin(), append.begin(), append.end());
    TRY(check_plan(expanded.plan));
    return expanded;
}

}  // namespace isolde::vmedia
