// SPDX-License-Identifier: GPL-3.0-or-later
#include "bmc/redfish_bmc.h"

#include "bmc/boot_operations.h"
#include "bmc/media_operations.h"
#include "bmc/power_operations.h"

namespace isolde::bmc {
namespace {

const redfish::Manager& first_manager(const std::vector<redfish::Manager>& managers) {
    static const redfish::Manager kNone;
    return managers.empty() ? kNone : managers.front();
}

base::Error no_such_slot(const std::string& address, const base::SlotId& id) {
    return base::invalid_argument(address + ": '" + redfish::printable(id.str(), 100) + "' is no virtual-media slot");
}

/// "2026-03-01T12:00:00+08:00" by the clock on the BMC's wall; nothing for what is no time.
std::optional<base::WallTime> clock_time(const std::string& text) {
    const auto time = base::parse_iso8601(text.substr(0, std::string_view("2026-03-01T12:00:00").size()) + "Z");
    return time.ok() ? std::optional(*time) : std::nullopt;
}

}  // namespace

RedfishBmc::RedfishBmc(Context context, std::string system_id)
    : context_(std::move(context)), system_id_(std::move(system_id)) {}

base::Result<Capabilities> RedfishBmc::probe(base::Deadline deadline) {
    const auto found = TRY(discover(deadline));
    {
        base::Lock lock(mutex_);
        known_ = found;
    }
    auto slots = TRY(find_slots(*found, deadline));
    const auto boot = TRY(BootOperations(context_, found->quirks).read(found->system.path, deadline));
    const auto& manager = first_manager(found->managers);
    Capabilities result;
    result.identity = redfish::is_telling_uuid(found->root.uuid) ? found->root.uuid : context_.address();
    result.vendor = found->vendor;
    result.model = manager.model.empty() ? found->system.model : manager.model;
    result.firmware = manager.firmware;
    result.system = found->system.path;
    result.power = read_power(found->system.power);
    result.slots = std::move(slots);
    result.boot_devices = devices_of(boot.allowed_targets);
    return result;
}

base::Result<Power> RedfishBmc::power(base::Deadline deadline) {
    const auto found = TRY(known(deadline));
    const auto system = TRY(PowerOperations(context_, found->quirks).read(found->system.path, deadline));
    return read_power(system.power);
}

base::Result<void> RedfishBmc::set_power(PowerAction action, base::Deadline deadline) {
    const auto found = TRY(known(deadline));
    return PowerOperations(context_, found->quirks).set(found->system.path, action, deadline);
}

base::Result<std::vector<MediaSlot>> RedfishBmc::slots(base::Deadline deadline) {
    return find_slots(*TRY(known(deadline)), deadline);
}

base::Result<std::vector<MediaSlot>> RedfishBmc::find_slots(const Known& found, base::Deadline deadline) {
    auto slots =
        in_order(TRY(redfish::find_slots(*context_.service, found.system, found.managers, deadline)), found.quirks);
    base::Lock lock(mutex_);
    seen_slots_ = slots;
    return slots;
}

base::Result<MediaSlot> RedfishBmc::boot_slot(base::Deadline deadline) {
    if (auto remembered = remembered_boot_slot(deadline)) return std::move(*remembered);
    return choose_boot_slot(TRY(slots(deadline)));
}

std::optional<MediaSlot> RedfishBmc::remembered_boot_slot(base::Deadline deadline) {
    std::vector<MediaSlot> candidates;
    {
        base::Lock lock(mutex_);
        candidates = boot_candidates(seen_slots_);
    }
    std::optional<MediaSlot> first;
    for (const auto& candidate : candidates) {
        auto now = slot(candidate.id, deadline);
        if (!now.ok() || boot_candidates({*now}).empty()) return std::nullopt;
        if (!now->inserted && now->image.empty()) return std::move(*now);
        if (!first) first = std::move(*now);
    }
    return first;
}

base::Result<MediaSlot> RedfishBmc::slot(const base::SlotId& id, base::Deadline deadline) {
    const auto found = TRY(known(deadline));
    const auto path = redfish::resource_path(id.str());
    if (!path) return no_such_slot(context_.address(), id);
    return to_media_slot(TRY(MediaOperations(context_, found->quirks, action_infos_).read(*path, deadline)),
                         found->quirks);
}

base::Result<void> RedfishBmc::insert(const base::SlotId& id, const std::string& url, base::Deadline deadline) {
    const auto found = TRY(known(deadline));
    const auto path = redfish::resource_path(id.str());
    if (!path) return no_such_slot(context_.address(), id);
    return MediaOperations(context_, found->quirks, action_infos_).insert(*path, url, deadline);
}

base::Result<void> RedfishBmc::eject(const base::SlotId& id, base::Deadline deadline) {
    const auto found = TRY(known(deadline));
    const auto path = redfish::resource_path(id.str());
    if (!path) return no_such_slot(context_.address(), id);
    return MediaOperations(context_, found->quirks, action_infos_).eject(*path, deadline);
}

base::Result<BootOverride> RedfishBmc::boot_override(base::Deadline deadline) {
    const auto found = TRY(known(deadline));
    return to_override(TRY(BootOperations(context_, found->quirks).read(found->system.path, deadline)));
}

base::Result<void> RedfishBmc::set_boot_override(BootDevice device, BootPersistence persistence, BootMode mode,
                                                 base::Deadline deadline) {
    const auto found = TRY(known(deadline));
    return BootOperations(context_, found->quirks).set(found->system.path, device, persistence, mode, deadline);
}

base::Result<void> RedfishBmc::clear_boot_override(base::Deadline deadline) {
    const auto found = TRY(known(deadline));
    return BootOperations(context_, found->quirks).clear(found->system.path, deadline);
}

base::Result<std::vector<BootDevice>> RedfishBmc::boot_devices(base::Deadline deadline) {
    const auto found = TRY(known(deadline));
    return devices_of(TRY(BootOperations(context_, found->quirks).read(found->system.path, deadline)).allowed_targets);
}

base::Result<HostSigns> RedfishBmc::host_signs(base::Deadline deadline) {
    const auto found = TRY(known(deadline));
    const auto system = TRY(PowerOperations(context_, found->quirks).read(found->system.path, deadline));
    return HostSigns{read_power(system.power), system.boot_progress, clock_time(system.last_reset)};
}

base::Result<std::shared_ptr<const RedfishBmc::Known>> RedfishBmc::known(base::Deadline deadline) {
    {
        base::Lock lock(mutex_);
        if (known_) return known_;
    }
    auto found = TRY(discover(deadline));
    base::Lock lock(mutex_);
    if (!known_) known_ = std::move(found);
    return known_;
}

base::Result<std::shared_ptr<const RedfishBmc::Known>> RedfishBmc::discover(base::Deadline deadline) const {
    auto found = std::make_shared<Known>();
    found->root = TRY(context_.service->root(deadline));
    found->system = TRY(redfish::find_system(*context_.service, system_id_, context_.with, deadline)).system;
    found->managers = TRY(redfish::find_managers(*context_.service, found->system, deadline));
    // Who made the BMC's firmware decides before who made the chassis.
    found->vendor = found->root.vendor.empty() ? found->system.manufacturer : found->root.vendor;
    found->quirks = quirks_of({found->vendor, first_manager(found->managers).model, found->system.model});
    return std::shared_ptr<const Known>(std::move(found));
}

}  // namespace isolde::bmc
