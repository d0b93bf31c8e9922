// SPDX-License-Identifier: GPL-3.0-or-later
#include "redfish/emulator/profile.h"

namespace isolde::emulator {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A BMC as the DMTF's schemas describe it, without a deviation.
Profile generic() {
    Profile profile;
    profile.name = "generic";
    profile.vendor = "Isolde";
    profile.product = "Isolde Redfish Emulator";
    profile.model = "Emulated Server";
    profile.firmware_version = "1.0.0";
    profile.redfish_version = "1.17.0";
    profile.slots = {{"CD1", "Virtual CD", {"CD", "DVD"}, "Cd"}, {"USB1", "Virtual USB stick", {"USBStick"}, "Usb"}};
    profile.transfer_protocols = {"HTTP", "HTTPS"};
    profile.boot_targets = {"None", "Pxe", "Cd", "Usb", "Hdd", "BiosSetup", "UefiHttp"};
    profile.reset_types = {
        "On",         "ForceOn", "ForceOff", "GracefulShutdown", "GracefulRestart", "ForceRestart", "PushPowerButton",
        "PowerCycle", "Nmi"};
    profile.boot_order = {"Hdd", "Cd", "Usb"};
    profile.timing.power_on = milliseconds(500);
    profile.timing.power_off = milliseconds(500);
    profile.timing.shutdown = seconds(2);
    profile.timing.post = seconds(3);
    profile.timing.system_start = seconds(3);
    profile.timing.session_timeout = std::chrono::minutes(30);
    return profile;
}

/// The same BMC, with media actions that are tasks: 202, a monitor, and a slot that follows later.
Profile generic_tasks() {
    Profile profile = generic();
    profile.name = "generic-tasks";
    profile.media_answer = MediaAnswer::Task;
    profile.patch_answer = PatchAnswer::NoContent;
    profile.if_match_required = true;
    profile.redundant_reset = RedundantReset::Conflict;
    profile.timing.insert_lag = seconds(3);
    profile.timing.eject_lag = seconds(2);
    return profile;
}

/// As many BMCs are: one virtual CD and nothing beside it.
Profile generic_one_slot() {
    Profile profile = generic();
    profile.name = "generic-one-slot";
    profile.slots.resize(1);
    return profile;
}

const std::vector<Profile>& all_profiles() {
    static const std::vector<Profile> kProfiles = {generic(), generic_tasks(), generic_one_slot()};
    return kProfiles;
}

}  // namespace

const Profile* find_profile(std::string_view name) {
    for (const Profile& profile : all_profiles()) {
        if (profile.name == name) {
            return &profile;
        }
    }
    return nullptr;
}

std::vector<std::string> profile_names() {
    std::vector<std::string> names;
    for (const Profile& profile : all_profiles()) {
        names.push_back(profile.name);
    }
    return names;
}

Timing faster(const Timing& timing, double factor) {
    const auto divide = [factor](base::Duration duration) {
        return base::Duration(static_cast<base::Duration::rep>(static_cast<double>(duration.count()) / factor));
    };
    Timing scaled = timing;
    for (base::Duration* field : {&scaled.power_on, &scaled.power_off, &scaled.shutdown, &scaled.post,
                                  &scaled.system_start, &scaled.insert_lag, &scaled.eject_lag}) {
        *field = divide(*field);
    }
    return scaled;
}

}  // namespace isolde::emulator
