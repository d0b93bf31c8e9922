// SPDX-License-Identifier: GPL-3.0-or-later
//
// The resources that virtual-media boot needs, as values (DMTF schemas ServiceRoot, ComputerSystem, Manager,
// VirtualMedia, ActionInfo). Readers are pure and never fail: what is absent or of a wrong type is empty. Links are
// paths on our own authority.
#pragma once

#include "redfish/json_view.h"

#include <optional>
#include <string>
#include <vector>

namespace isolde::redfish {

struct ServiceRoot {
    std::string uuid;
    std::string vendor;  ///< Vendor, else the first key of Oem
    std::string product;
    std::string version;
    std::string systems;   ///< link
    std::string managers;  ///< link
    std::string sessions;  ///< link to POST a session to; empty: the service declares none
};

/// One page of a collection.
struct CollectionPage {
    std::vector<std::string> members;  ///< links, null and broken members left out
    std::string next;                  ///< link to the next page; empty at the last
};

struct Action {
    std::string target;                ///< link; empty: no such action
    std::string action_info;           ///< link
    std::vector<std::string> allowed;  ///< inline allowable values of its type parameter

    bool exists() const { return !target.empty(); }
};

struct Boot {
    std::string enabled;  ///< "Disabled", "Once", "Continuous"
    std::string target;
    std::string mode;
    std::vector<std::string> allowed_targets;
    bool has_target = false;  ///< the member is there, be it null
};

struct ComputerSystem {
    std::string path;
    std::string id;
    std::string uuid;
    std::string serial;
    std::string manufacturer;
    std::string model;
    std::string system_type;
    std::string power;  ///< "On", "Off", "PoweringOn", "PoweringOff", "" …
    Boot boot;
    std::string settings;               ///< link of @Redfish.Settings
    std::string virtual_media;          ///< link
    std::vector<std::string> managers;  ///< links
    Action reset;
    std::string boot_progress;  ///< BootProgress.LastState
    std::string last_reset;     ///< LastResetTime
};

struct Manager {
    std::string path;
    std::string id;
    std::string model;
    std::string firmware;
    std::string virtual_media;  ///< link
};

struct VirtualMedia {
    std::string path;
    std::string id;
    std::string name;
    std::string image;
    std::string image_name;
    std::optional<bool> inserted;
    std::string connected_via;
    std::vector<std::string> media_types;
    Action insert;  ///< allowed: of TransferProtocolType
    Action eject;
};

struct ActionParameter {
    std::string name;
    bool required = false;
    std::vector<std::string> allowed;
};

ServiceRoot read_service_root(const Json& body);
CollectionPage read_collection_page(const Json& body);
/// `path` stands in when the body has no @odata.id.
ComputerSystem read_computer_system(const Json& body, const std::string& path);
Manager read_manager(const Json& body, const std::string& path);
VirtualMedia read_virtual_media(const Json& body, const std::string& path);
Boot read_boot(const Json& body);
std::vector<ActionParameter> read_action_info(const Json& body);
/// `name`: "#VirtualMedia.InsertMedia"; an OEM action of the same last word counts when there is no standard one.
/// `parameter`: whose inline allowable values to read.
Action read_action(const Json& body, const std::string& name, const std::string& parameter);

}  // namespace isolde::redfish
