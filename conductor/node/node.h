// SPDX-License-Identifier: GPL-3.0-or-later
//
// A node as the conductor keeps it, and what belongs to it. Plain records: no I/O, no locks.
#pragma once

#include "base/clock.h"
#include "base/ids.h"
#include "base/json.h"
#include "conductor/node/provision_state.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace isolde::conductor {

struct Node {
    base::NodeId id;
    std::string name;  ///< empty: none
    std::string driver = "redfish";
    base::Json driver_info = base::Json::object();  ///< holds secrets: sealed at rest, masked in answers
    base::Json instance_info = base::Json::object();
    base::Json properties = base::Json::object();
    base::Json extra = base::Json::object();
    /// Attributes that Ironic's clients set and read and that steer nothing here: "boot_interface", "owner",
    /// "resource_class", "automated_clean", … as given, absent: the default of the API's table.
    base::Json attributes = base::Json::object();
    std::string instance_uuid;  ///< empty: none
    std::string conductor_group;

    ProvisionState provision_state = ProvisionState::Enroll;
    std::string power_state;         ///< "power on", "power off"; empty: unknown (null)
    std::string target_power_state;  ///< empty: null
    bool maintenance = false;
    std::string maintenance_reason;
    std::string fault;
    std::string last_error;
    /// What the operator may see of the work: deployment, step, progress, evidence. Written by the engine.
    base::Json driver_internal_info = base::Json::object();

    base::WallTime created_at;
    std::optional<base::WallTime> updated_at;
    std::optional<base::WallTime> provision_updated_at;
    std::int64_t version = 0;  ///< compare-and-set: grows with every write

    friend bool operator==(const Node&, const Node&) = default;
};

struct Port {
    std::string id;
    base::NodeId node;
    std::string address;  ///< MAC, lower case
    base::Json attributes = base::Json::object();
    base::WallTime created_at;
    std::optional<base::WallTime> updated_at;
};

struct HistoryEntry {
    std::string id;
    base::NodeId node;
    base::WallTime created_at;
    std::string severity;    ///< "INFO", "WARNING", "ERROR"
    std::string event;       ///< what happened, at most 255 bytes
    std::string event_type;  ///< "deploy.insert", "boot.loop", …
    std::string conductor;
};

}  // namespace isolde::conductor
