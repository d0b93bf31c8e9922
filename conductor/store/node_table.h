// SPDX-License-Identifier: GPL-3.0-or-later
//
// Nodes and ports as rows. driver_info and instance_info are sealed; the BMC's identity stands beside them in clear,
// for it must be unique.
#pragma once

#include "base/result.h"
#include "conductor/node/deployment_fields.h"
#include "conductor/node/node.h"
#include "conductor/store/config_drive_table.h"
#include "conductor/store/connection.h"
#include "conductor/store/store.h"

#include <optional>
#include <string>
#include <vector>

namespace isolde::conductor {

/// A node ready to be bound; sealing was done, so that the writer need not.
struct NodeRow {
    base::NodeId id;
    std::string name;
    std::string instance_uuid;
    std::optional<BmcIdentity> bmc;
    std::int64_t version = 0;  ///< as the caller saw it
    std::string config_drive_id;
    std::optional<ConfigDriveRow> config_drive;  ///< to be kept with it
    Values values;
};
NodeRow node_row(const Node& node, const Sealer& sealer);

/// Errors: Conflict, naming the node that has the id, name, instance or BMC system already.
base::Result<void> insert_node(Connection& connection, const NodeRow& row);
/// Errors: as insert_node; NotFound; Conflict when the version is another by now.
base::Result<void> update_node(Connection& connection, const NodeRow& row);
/// Errors: NotFound.
base::Result<void> delete_node(Connection& connection, const base::NodeId& id);

base::Result<Node> select_node(Connection& connection, const Sealer& sealer, const base::NodeId& id);
base::Result<Node> find_node(Connection& connection, const Sealer& sealer, const std::string& id_or_name);
/// In order of creation. Errors: NotFound for a marker that is gone.
base::Result<std::vector<Node>> list_nodes(Connection& connection, const Sealer& sealer, const NodeFilter& filter);

/// Errors: Conflict, naming the port that has the address; NotFound (the node).
base::Result<void> put_port(Connection& connection, const Port& port);
base::Result<void> delete_port(Connection& connection, const std::string& id);
base::Result<std::vector<Port>> ports_of(Connection& connection, const base::NodeId& node);
/// `address` empty: all.
base::Result<std::vector<Port>> ports_at(Connection& connection, const std::string& address);
base::Result<Port> select_port(Connection& connection, const std::string& id);

}  // namespace isolde::conductor
