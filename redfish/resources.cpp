// SPDX-License-Identifier: GPL-3.0-or-later
#include "redfish/resources.h"

#include <string_view>

namespace isolde::redfish {
namespace {

constexpr const char* kAllowableValues = "@Redfish.AllowableValues";

std::string first_oem_key(const Json& body) {
    const Json& oem = at(body, "Oem");
    return oem.is_object() && !oem.empty() ? oem.begin().key().substr(0, 64) : "";
}

std::string own_path(const Json& body, const std::string& path) {
    const std::string own = link_at(body, "@odata.id");
    return own.empty() ? path : own;
}

std::vector<std::string> links_at(const Json& value, std::string_view name) {
    std::vector<std::string> links;
    for (const Json* item : items_of(at(value, name))) {
        if (std::string link = link_at(*item, "@odata.id"); !link.empty()) links.push_back(std::move(link));
    }
    return links;
}

std::string_view after_last_dot(std::string_view name) {
    const auto dot = name.rfind('.');
    return dot == std::string_view::npos ? name : name.substr(dot + 1);
}

/// Vendors hang their actions one or two levels below Actions.Oem.
const Json* find_oem_action(const Json& oem, std::string_view word, int levels) {
    if (!oem.is_object() || levels == 0) return nullptr;
    for (const auto& [name, value] : oem.items()) {
        if (after_last_dot(name) == word && !text_at(value, "target").empty()) return &value;
        if (const Json* below = find_oem_action(value, word, levels - 1)) return below;
    }
    return nullptr;
}

}  // namespace

ServiceRoot read_service_root(const Json& body) {
    ServiceRoot root;
    root.uuid = text_at(body, "UUID");
    root.vendor = text_at(body, "Vendor");
    if (root.vendor.empty()) root.vendor = first_oem_key(body);
    root.product = text_at(body, "Product");
    root.version = text_at(body, "RedfishVersion");
    root.systems = link_at(body, "Systems");
    root.managers = link_at(body, "Managers");
    root.sessions = link_at(at(body, "Links"), "Sessions");
    const std::string service = link_at(body, "SessionService");
    if (root.sessions.empty() && !service.empty()) {
        root.sessions = service + (service.ends_with('/') ? "Sessions" : "/Sessions");
    }
    return root;
}

CollectionPage read_collection_page(const Json& body) {
    return {links_at(body, "Members"), link_at(body, "Members@odata.nextLink")};
}

ComputerSystem read_computer_system(const Json& body, const std::string& path) {
    ComputerSystem system;
    system.path = own_path(body, path);
    system.id = text_at(body, "Id");
    system.uuid = text_at(body, "UUID");
    system.serial = text_at(body, "SerialNumber");
    system.manufacturer = text_at(body, "Manufacturer");
    system.model = text_at(body, "Model");
    system.system_type = text_at(body, "SystemType");
    system.power = text_at(body, "PowerState");
    system.boot = read_boot(body);
    system.settings = link_at(at(body, "@Redfish.Settings"), "SettingsObject");
    system.virtual_media = link_at(body, "VirtualMedia");
    system.managers = links_at(at(body, "Links"), "ManagedBy");
    system.reset = read_action(body, "#ComputerSystem.Reset", "ResetType");
    system.boot_progress = text_at(at(body, "BootProgress"), "LastState");
    system.last_reset = text_at(body, "LastResetTime");
    return system;
}

Manager read_manager(const Json& body, const std::string& path) {
    return {own_path(body, path), text_at(body, "Id"), text_at(body, "Model"), text_at(body, "FirmwareVersion"),
            link_at(body, "VirtualMedia")};
}

VirtualMedia read_virtual_media(const Json& body, const std::string& path) {
    VirtualMedia media;
    media.path = own_path(body, path);
    media.id = text_at(body, "Id");
    media.name = text_at(body, "Name");
    media.image = text_at(body, "Image");
    media.image.resize(media.image.find_last_not_of('\0') + 1);
    media.image_name = text_at(body, "ImageName");
    media.inserted = flag_at(body, "Inserted");
    media.connected_via = text_at(body, "ConnectedVia");
    media.media_types = texts_at(body, "MediaTypes");
    media.insert = read_action(body, "#VirtualMedia.InsertMedia", "TransferProtocolType");
    media.eject = read_action(body, "#VirtualMedia.EjectMedia", "");
    return media;
}

Boot read_boot(const Json& body) {
    const Json& value = at(body, "Boot");
    Boot boot;
    boot.enabled = text_at(value, "BootSourceOverrideEnabled");
    boot.target = text_at(value, "BootSourceOverrideTarget");
    boot.mode = text_at(value, "BootSourceOverrideMode");
    boot.allowed_targets = texts_at(value, std::string("BootSourceOverrideTarget") + kAllowableValues);
    boot.has_target = value.is_object() && value.contains("BootSourceOverrideTarget");
    return boot;
}

std::vector<ActionParameter> read_action_info(const Json& body) {
    std::vector<ActionParameter> parameters;
    for (const Json* item : items_of(at(body, "Parameters"))) {
        parameters.push_back(
            {text_at(*item, "Name"), flag_at(*item, "Required").value_or(false), texts_at(*item, "AllowableValues")});
    }
    return parameters;
}

Action read_action(const Json& body, const std::string& name, const std::string& parameter) {
    const Json& actions = at(body, "Actions");
    const Json* found = &at(actions, name);
    if (text_at(*found, "target").empty()) {
        const Json* oem = find_oem_action(at(actions, "Oem"), after_last_dot(name), 3);
        if (oem == nullptr) return {};
        found = oem;
    }
    return {link_at(*found, "target"), link_at(*found, "@Redfish.ActionInfo"),
            texts_at(*found, parameter + kAllowableValues)};
}

}  // namespace isolde::redfish
