// SPDX-License-Identifier: GPL-3.0-or-later
#include "bmc/bmc.h"

#include <algorithm>
#include <array>
#include <utility>

namespace isolde::bmc {
namespace {

constexpr std::array<std::pair<BootDevice, std::string_view>, 6> kBootDeviceNames{{
    {BootDevice::None, "none"},
    {BootDevice::Cd, "cdrom"},
    {BootDevice::Usb, "usb"},
    {BootDevice::Disk, "disk"},
    {BootDevice::Pxe, "pxe"},
    {BootDevice::BiosSetup, "bios"},
}};

bool takes(const MediaSlot& slot, MediaType type) {
    return std::find(slot.types.begin(), slot.types.end(), type) != slot.types.end();
}

/// Smaller is better.
int type_rank(const MediaSlot& slot) {
    return takes(slot, MediaType::Cd) ? 0 : slot.types.empty() ? 1 : 2;
}

bool is_occupied(const MediaSlot& slot) {
    return slot.inserted || !slot.image.empty();
}

std::string describe(const MediaSlot& slot) {
    std::string text = slot.id.str();
    if (!slot.insertable) return text + " (cannot insert by URL)";
    if (!slot.bootable) return text + " (does not boot)";
    return text;
}

std::string describe(const std::vector<MediaSlot>& slots) {
    std::string text;
    for (const auto& slot : slots) {
        text += (text.empty() ? "" : ", ") + describe(slot);
    }
    return text;
}

std::string_view collection_of(const MediaSlot& slot) {
    const std::string_view path = slot.id.str();
    return path.substr(0, path.rfind('/') + 1);
}

/// Smaller is better.
std::pair<bool, bool> second_rank(const MediaSlot& slot) {
    return {is_occupied(slot), !takes(slot, MediaType::Usb)};
}

}  // namespace

std::string_view to_string(Power power) {
    switch (power) {
        case Power::On: return "power on";
        case Power::Off: return "power off";
        case Power::Unknown: return "unknown";
    }
    return "unknown";
}

std::string_view to_string(BootDevice device) {
    for (const auto& [value, name] : kBootDeviceNames) {
        if (value == device) return name;
    }
    return "none";
}

base::Result<BootDevice> parse_boot_device(std::string_view text) {
    for (const auto& [value, name] : kBootDeviceNames) {
        if (name == text) return value;
    }
    return base::invalid_argument("boot device '" + std::string(text.substr(0, 40)) +
                                  "' is not known; use cdrom, usb, disk, pxe, bios or none");
}

std::vector<MediaSlot> boot_candidates(const std::vector<MediaSlot>& slots) {
    std::vector<MediaSlot> candidates;
    for (const auto& slot : slots) {
        if (!slot.insertable || !slot.bootable) continue;
        if (!candidates.empty() && type_rank(slot) < type_rank(candidates.front())) candidates.clear();
        if (candidates.empty() || type_rank(slot) == type_rank(candidates.front())) candidates.push_back(slot);
    }
    return candidates;
}

base::Result<MediaSlot> Bmc::boot_slot(base::Deadline deadline) {
    return choose_boot_slot(TRY(slots(deadline)));
}

base::Result<MediaSlot> choose_boot_slot(const std::vector<MediaSlot>& slots) {
    const auto candidates = boot_candidates(slots);
    const auto empty = std::find_if_not(candidates.begin(), candidates.end(), is_occupied);
    if (empty != candidates.end()) return *empty;
    if (!candidates.empty()) return candidates.front();
    const std::string seen = describe(slots);
    return base::unsupported(seen.empty() ? "the BMC has no virtual-media slot"
                                          : "no virtual-media slot of the BMC can boot an image by URL: " + seen);
}

base::Result<MediaSlot> choose_second_slot(const std::vector<MediaSlot>& slots, const MediaSlot& boot, bool usb_only) {
    const MediaSlot* best = nullptr;
    for (const auto& slot : slots) {
        const bool beside = slot.id != boot.id && collection_of(slot) == collection_of(boot);
        if (!slot.insertable || !beside || (usb_only && !takes(slot, MediaType::Usb))) continue;
        if (best == nullptr || second_rank(slot) < second_rank(*best)) best = &slot;
    }
    if (best != nullptr) return *best;
    return base::unsupported(std::string("the BMC has no ") + (usb_only ? "USB-stick" : "second") +
                             " virtual-media slot beside " + boot.id.str() + ": " + describe(slots));
}

}  // namespace isolde::bmc
