// SPDX-License-Identifier: GPL-3.0-or-later
#include "bmc/boot_rules.h"

#include "http/message.h"

#include <algorithm>
#include <array>
#include <optional>

namespace isolde::bmc {
namespace {

using base::Json;

struct TargetName {
    BootDevice device;
    std::string_view target;
};

/// For each device its targets, the standard one first.
constexpr std::array kTargets{
    TargetName{BootDevice::Cd, "Cd"},
    TargetName{BootDevice::Cd, "UsbCd"},
    TargetName{BootDevice::Usb, "Usb"},
    TargetName{BootDevice::Usb, "UsbHdd"},
    TargetName{BootDevice::Disk, "Hdd"},
    TargetName{BootDevice::Pxe, "Pxe"},
    TargetName{BootDevice::BiosSetup, "BiosSetup"},
    TargetName{BootDevice::None, "None"},
};

bool lists(const std::vector<std::string>& texts, std::string_view text) {
    return std::any_of(texts.begin(), texts.end(),
                       [text](const std::string& each) { return http::equal_ignoring_case(each, text); });
}

Json boot_body(const std::string& target, const std::string& enabled, const std::string& mode) {
    Json boot = Json::object();
    if (!enabled.empty()) boot["BootSourceOverrideEnabled"] = enabled;
    if (!target.empty()) boot["BootSourceOverrideTarget"] = target;
    if (!mode.empty()) boot["BootSourceOverrideMode"] = mode;
    return Json{{"Boot", std::move(boot)}};
}

void append_new(std::vector<Json>& bodies, Json body) {
    if (std::find(bodies.begin(), bodies.end(), body) == bodies.end()) bodies.push_back(std::move(body));
}

}  // namespace

std::string boot_target(BootDevice device, const redfish::Boot& boot, const Quirks& quirks) {
    const std::string_view known = quirks.value(Trait::CdBootTarget);
    const bool known_fits = boot.allowed_targets.empty() || lists(boot.allowed_targets, known);
    if (device == BootDevice::Cd && !known.empty() && known_fits) return std::string(known);
    std::string standard;
    for (const auto& [of, target] : kTargets) {
        if (of != device) continue;
        if (lists(boot.allowed_targets, target)) return std::string(target);
        if (standard.empty()) standard = target;
    }
    // An image in a CD slot of a BMC that lists only Usb is a USB CD drive to the firmware.
    if (device == BootDevice::Cd && lists(boot.allowed_targets, "Usb")) return "Usb";
    return standard;
}

std::optional<BootDevice> device_of_target(const std::string& target) {
    for (const auto& [device, name] : kTargets) {
        if (http::equal_ignoring_case(name, target)) return device;
    }
    return std::nullopt;
}

std::vector<BootDevice> devices_of(const std::vector<std::string>& targets) {
    std::vector<BootDevice> devices;
    for (const auto& target : targets) {
        const auto device = device_of_target(target);
        if (device && std::find(devices.begin(), devices.end(), *device) == devices.end()) devices.push_back(*device);
    }
    return devices;
}

BootOverride to_override(const redfish::Boot& boot) {
    BootOverride result;
    result.device = device_of_target(boot.target).value_or(BootDevice::None);
    const bool continuous = http::equal_ignoring_case(boot.enabled, "Continuous");
    result.persistence = continuous ? BootPersistence::Persistent : BootPersistence::Once;
    result.active = !shows_cleared(boot);
    return result;
}

std::vector<Json> boot_bodies(const BootWish& wish, const redfish::Boot& now, const Quirks& quirks) {
    const bool mode_differs = !wish.mode.empty() && !http::equal_ignoring_case(wish.mode, now.mode);
    const Json least = boot_body(wish.target, wish.enabled, mode_differs ? wish.mode : "");
    const std::string mode = wish.mode.empty() ? now.mode : wish.mode;
    const Json full = boot_body(wish.target, wish.enabled, mode);
    std::vector<Json> bodies;
    append_new(bodies, quirks.has(Trait::FullBootPatch) ? full : least);
    append_new(bodies, full);
    append_new(bodies, least);
    if (http::equal_ignoring_case(wish.enabled, now.enabled)) append_new(bodies, boot_body(wish.target, "", ""));
    return bodies;
}

std::vector<Json> clear_bodies() {
    return {boot_body("", "Disabled", ""), boot_body("None", "Disabled", ""), boot_body("None", "Once", "")};
}

bool shows_wish(const redfish::Boot& shown, const BootWish& wish) {
    return http::equal_ignoring_case(shown.target, wish.target) &&
           !http::equal_ignoring_case(shown.enabled, "Disabled");
}

bool shows_cleared(const redfish::Boot& shown) {
    return http::equal_ignoring_case(shown.enabled, "Disabled") || shown.target.empty() ||
           http::equal_ignoring_case(shown.target, "None");
}

}  // namespace isolde::bmc
