// SPDX-License-Identifier: GPL-3.0-or-later
//
// The small tables: history of nodes, media left behind in BMCs, conductors, idempotency keys.
#pragma once

#include "base/result.h"
#include "conductor/node/deployment.h"
#include "conductor/node/node.h"
#include "conductor/store/connection.h"
#include "conductor/store/store.h"

#include <optional>
#include <string>
#include <vector>

namespace isolde::conductor {

/// The newest entries of a node that are kept.
inline constexpr int kHistoryKept = 300;

/// An event of more than 255 bytes is cut, between characters. Errors: NotFound (the node).
base::Result<void> add_history(Connection& connection, const HistoryEntry& entry);
/// Oldest first.
base::Result<std::vector<HistoryEntry>> history_of(Connection& connection, const base::NodeId& node);
base::Result<HistoryEntry> select_history(Connection& connection, const base::NodeId& node, const std::string& id);

/// A later record of the same slot replaces an earlier one.
base::Result<void> put_left_behind(Connection& connection, const Sealer& sealer, const LeftBehind& record);
base::Result<void> delete_left_behind(Connection& connection, const LeftBehind& record);
/// Of the BMC that the address means, however it is spelled.
base::Result<std::vector<LeftBehind>> left_behind_at(Connection& connection, const Sealer& sealer,
                                                     const std::string& bmc_address);

base::Result<void> put_conductor(Connection& connection, const ConductorRecord& conductor);
base::Result<std::vector<ConductorRecord>> select_conductors(Connection& connection);

/// As Store::idempotent; keys older than a week are forgotten.
base::Result<std::optional<base::DeploymentId>> take_key(Connection& connection, const std::string& key,
                                                         const std::string& request_digest, base::WallTime now);
base::Result<void> answer_key(Connection& connection, const std::string& key, const base::DeploymentId& deployment);

}  // namespace isolde::conductor
