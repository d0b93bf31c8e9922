// SPDX-License-Identifier: GPL-3.0-or-later
//
// A Change in two halves: prepared by its caller's thread (JSON, sealing), written by the writer's.
#pragma once

#include "base/result.h"
#include "conductor/store/deployment_table.h"
#include "conductor/store/node_table.h"

#include <optional>
#include <vector>

namespace isolde::conductor {

struct PreparedChange {
    const Change& change;
    std::optional<NodeRow> node;
    std::optional<DeploymentRow> deployment;
    std::vector<PublicationRow> publications;
};

/// `change` must outlive what is returned.
PreparedChange prepare(const Change& change, const Sealer& sealer);

/// All of it, inside a transaction. Errors: as Store::apply.
base::Result<void> write(Connection& connection, const PreparedChange& prepared, const Sealer& sealer);

}  // namespace isolde::conductor
