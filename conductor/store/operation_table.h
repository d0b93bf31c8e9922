// SPDX-License-Identifier: GPL-3.0-or-later
//
// Operations as rows: one for each lane of a node that ever worked. A lane at rest keeps its row, so that its fence
// goes on growing: a worker that lost its lease long ago can never pass the guard of a later operation.
#pragma once

#include "base/result.h"
#include "conductor/node/deployment.h"
#include "conductor/store/connection.h"

#include <optional>
#include <string>
#include <vector>

namespace isolde::conductor {

/// Free, whatever owner and lease `operation` shows; the fence is one higher than the lane's last. Errors: NotFound.
base::Result<void> begin_operation(Connection& connection, const Operation& operation);

enum class LeaseAfter { Freed, Kept };
/// Guard: the lane's fence is operation.fence. Errors: Conflict.
base::Result<void> write_back_operation(Connection& connection, const Operation& operation, LeaseAfter lease);
/// The same guard; the lane rests.
base::Result<void> end_operation(Connection& connection, const Operation& operation);

base::Result<Operation> claim_operation(Connection& connection, const Operation& seen, const std::string& owner,
                                        base::WallTime now, base::WallTime lease_until);
base::Result<void> free_leases(Connection& connection, const std::string& owner);

base::Result<std::vector<Operation>> select_due(Connection& connection, base::WallTime now, std::size_t limit);
base::Result<std::vector<Operation>> select_operations(Connection& connection);
base::Result<std::optional<Operation>> select_operation(Connection& connection, const base::NodeId& node, Lane lane);

}  // namespace isolde::conductor
