// SPDX-License-Identifier: GPL-3.0-or-later
//
// Deployments and publications as rows. The fields of a deployment and all URLs are sealed. What was asked for may be
// megabytes and never changes, while evidence is written every second: it is written once.
#pragma once

#include "base/result.h"
#include "conductor/node/deployment.h"
#include "conductor/store/config_drive_table.h"
#include "conductor/store/connection.h"
#include "conductor/store/store.h"

#include <optional>
#include <string>
#include <vector>

namespace isolde::conductor {

/// Deployments of a node that are kept after they ended, the newest; older ones go when a new one is written.
inline constexpr int kDeploymentsKept = 20;

/// A deployment ready to be bound; sealing was done, so that the writer need not.
struct DeploymentRow {
    base::DeploymentId id;
    base::NodeId node;
    Values request;    ///< what was asked for; empty when the row is there already
    Values completed;  ///< what of that is written again; empty when it stays
    Values progress;
    std::string config_drive_id;
    std::optional<ConfigDriveRow> config_drive;  ///< to be kept with it
    bool over = false;                           ///< what it named is needed no more
};
DeploymentRow new_deployment_row(const Deployment& deployment, const Sealer& sealer);
DeploymentRow deployment_row(const Deployment& deployment, const Sealer& sealer);
/// As deployment_row, with fields and provenance.
DeploymentRow completed_deployment_row(const Deployment& deployment, const Sealer& sealer);

struct PublicationRow {
    base::NodeId node;
    Values values;
};
PublicationRow publication_row(const PublicationRecord& publication, const Sealer& sealer);

/// Errors: NotFound (the node), Conflict (the id).
base::Result<void> insert_deployment(Connection& connection, const DeploymentRow& row);
/// Errors: NotFound.
base::Result<void> update_deployment(Connection& connection, const DeploymentRow& row);
base::Result<void> put_publication(Connection& connection, const PublicationRow& row);

base::Result<Deployment> select_deployment(Connection& connection, const Sealer& sealer, const base::DeploymentId& id);
base::Result<std::optional<Deployment>> newest_deployment(Connection& connection, const Sealer& sealer,
                                                          const base::NodeId& node);
base::Result<std::vector<Deployment>> live_deployments(Connection& connection, const Sealer& sealer);
base::Result<PublicationRecord> select_publication(Connection& connection, const Sealer& sealer,
                                                   const base::PublicationToken& token);
base::Result<std::vector<PublicationRecord>> live_publications(Connection& connection, const Sealer& sealer);

}  // namespace isolde::conductor
