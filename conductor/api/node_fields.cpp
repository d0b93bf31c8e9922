// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/api/node_fields.h"

#include <algorithm>

namespace isolde::conductor::api {
namespace {

NodeField core(std::string name, int minor, bool settable) {
    return {std::move(name), minor, FieldKind::Core, nullptr, {}, settable};
}
NodeField shown(std::string name, int minor, base::Json value) {
    return {std::move(name), minor, FieldKind::ReadOnly, std::move(value), {}, false};
}
NodeField kept(std::string name, int minor, FieldKind kind, base::Json value) {
    return {std::move(name), minor, kind, std::move(value), {}, true};
}
NodeField interface(std::string name, int minor, std::vector<std::string> choices) {
    base::Json first = choices.front();
    return {std::move(name), minor, FieldKind::Interface, std::move(first), std::move(choices), true};
}

/// Fields that mean something to the conductor.
std::vector<NodeField> core_fields() {
    return {
        core("uuid", 1, true),
        core("name", 5, true),
        core("driver", 1, true),
        core("driver_info", 1, true),
        core("driver_internal_info", 3, false),
        core("instance_info", 1, true),
        core("instance_uuid", 1, true),
        core("properties", 1, true),
        core("extra", 1, true),
        core("conductor_group", 46, true),
        core("conductor", 49, false),
        core("provision_state", 1, false),
        core("target_provision_state", 1, false),
        core("power_state", 1, false),
        core("target_power_state", 1, false),
        core("maintenance", 1, true),
        core("maintenance_reason", 1, false),
        core("fault", 42, false),
        core("last_error", 1, false),
        core("reservation", 1, false),
        core("created_at", 1, false),
        core("updated_at", 1, false),
        core("provision_updated_at", 1, false),
        core("deploy_step", 44, false),
    };
}

/// Fields that are only shown, and those that are kept for clients.
std::vector<NodeField> passive_fields() {
    const base::Json none = nullptr;
    const base::Json object = base::Json::object();
    return {
        shown("allocation_uuid", 52, none),
        shown("boot_mode", 75, none),
        shown("secure_boot", 75, none),
        shown("clean_step", 7, object),
        shown("service_step", 87, object),
        shown("console_enabled", 1, false),
        shown("inspection_finished_at", 6, none),
        shown("inspection_started_at", 6, none),
        shown("raid_config", 12, object),
        shown("target_raid_config", 12, object),
        shown("traits", 37, base::Json::array()),
        shown("health", 109, none),
        kept("automated_clean", 47, FieldKind::Flag, none),
        kept("chassis_uuid", 1, FieldKind::Text, none),
        kept("description", 51, FieldKind::Text, none),
        kept("disable_power_off", 95, FieldKind::Flag, false),
        kept("instance_name", 104, FieldKind::Text, none),
        kept("lessee", 65, FieldKind::Text, none),
        kept("network_data", 66, FieldKind::Object, object),
        kept("owner", 50, FieldKind::Text, none),
        kept("parent_node", 83, FieldKind::Text, none),
        kept("protected", 48, FieldKind::Flag, false),
        kept("protected_reason", 48, FieldKind::Text, none),
        kept("resource_class", 21, FieldKind::Text, none),
        kept("retired", 61, FieldKind::Flag, false),
        kept("retired_reason", 61, FieldKind::Text, none),
        kept("shard", 82, FieldKind::Text, none),
    };
}

std::vector<NodeField> interfaces_and_links() {
    return {
        interface("bios_interface", 40, {"no-bios", "redfish"}),
        interface("boot_interface", 31, {"redfish-virtual-media"}),
        interface("console_interface", 31, {"no-console"}),
        interface("deploy_interface", 31, {"ramdisk"}),
        interface("firmware_interface", 86, {"no-firmware", "redfish"}),
        interface("inspect_interface", 31, {"no-inspect", "redfish", "agent"}),
        interface("management_interface", 31, {"redfish"}),
        interface("network_interface", 20, {"noop"}),
        interface("power_interface", 31, {"redfish"}),
        interface("raid_interface", 31, {"no-raid", "redfish", "agent"}),
        interface("rescue_interface", 38, {"no-rescue"}),
        interface("storage_interface", 33, {"noop"}),
        interface("vendor_interface", 31, {"no-vendor"}),
        {"links", 1, FieldKind::Link, nullptr, {}, false},
        {"ports", 1, FieldKind::Link, nullptr, {}, false},
        {"portgroups", 24, FieldKind::Link, nullptr, {}, false},
        {"states", 14, FieldKind::Link, nullptr, {}, false},
        {"volume", 32, FieldKind::Link, nullptr, {}, false},
    };
}

std::vector<NodeField> make_fields() {
    std::vector<NodeField> fields = core_fields();
    for (const auto& more : {passive_fields(), interfaces_and_links()}) {
        fields.insert(fields.end(), more.begin(), more.end());
    }
    return fields;
}

}  // namespace

const std::vector<NodeField>& node_fields() {
    static const std::vector<NodeField> kFields = make_fields();
    return kFields;
}

const NodeField* find_node_field(const std::string& name) {
    const auto& fields = node_fields();
    const auto found =
        std::find_if(fields.begin(), fields.end(), [&](const NodeField& row) { return row.name == name; });
    return found == fields.end() ? nullptr : &*found;
}

}  // namespace isolde::conductor::api
