// SPDX-License-Identifier: GPL-3.0-or-later
//
// The boot override as data: which target means which device, which bodies to try in which order, and what a read-back
// proves (ComputerSystem.Boot). Pure.
#pragma once

#include "bmc/bmc.h"
#include "bmc/quirks.h"
#include "redfish/resources.h"

#include <optional>
#include <string>
#include <vector>

namespace isolde::bmc {

/// What the override is to be. `mode` empty: left alone.
struct BootWish {
    std::string target;
    std::string enabled;  ///< "Once", "Continuous", "Disabled"
    std::string mode;     ///< "UEFI", "Legacy"
};

/// The target name for a device: what the product is known to need, else the first suitable one that it lists, else the
/// standard name (lists are wrong now and then).
std::string boot_target(BootDevice device, const redfish::Boot& boot, const Quirks& quirks);
/// Nothing for a target that stands for none of ours.
std::optional<BootDevice> device_of_target(const std::string& target);
std::vector<BootDevice> devices_of(const std::vector<std::string>& targets);
BootOverride to_override(const redfish::Boot& boot);

/// The PATCH bodies for a wish, in the order to try them.
std::vector<base::Json> boot_bodies(const BootWish& wish, const redfish::Boot& now, const Quirks& quirks);
/// The same for switching the override off.
std::vector<base::Json> clear_bodies();

/// The read-back shows the wish: target as wished and not Disabled. Once shown as Continuous counts: some always say
/// so.
bool shows_wish(const redfish::Boot& shown, const BootWish& wish);
bool shows_cleared(const redfish::Boot& shown);

}  // namespace isolde::bmc
