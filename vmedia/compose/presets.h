// SPDX-License-Identifier: GPL-3.0-or-later
//
// Presets: an answer file by its kind, put where the installer of the image looks for it, with the kernel arguments
// that it wants. Pure: from a recognised installer to files and arguments of a plan.
#pragma once

#include "base/encoding.h"
#include "base/result.h"
#include "vmedia/compose/installer.h"
#include "vmedia/compose/plan.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isolde::vmedia {

/// Where cloud-init's NoCloud seed is in an image, for CloudInit and Autoinstall.
inline constexpr std::string_view kSeedDirectory = "/nocloud";

/// Where a preset goes and why, for the plan's report.
struct PresetPlace {
    std::vector<InjectedFile> files;
    std::vector<std::string> append;
    std::optional<IgnitionConfig> ignition;
    std::string note;  ///< "preset kickstart for Anaconda: /ks.cfg in the initrd, inst.ks=file:/ks.cfg"
};

/// Errors: Unsupported, naming what the image was recognised as and what to use instead.
base::Result<PresetPlace> place_preset(const Preset& preset, const Recognition& image);

/// `plan` without presets: each is replaced by its files and arguments, before the plan's own. One note for each.
struct ExpandedPlan {
    InjectionPlan plan;
    std::vector<std::string> notes;
};
/// Errors: as place_preset; InvalidArgument when two want one path.
base::Result<ExpandedPlan> expand_presets(const InjectionPlan& plan, const Recognition& image);

}  // namespace isolde::vmedia
