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

/// What of a deployment is written: a step's progress alone, or what was asked for too.
enum class DeploymentPart { Progress, Whole };

/// A deployment ready to be bound; sealing was done, so that the writer need not.
struct DeploymentRow {
    base::DeploymentId id;
    base::NodeId node;
    base::WallTime created_at;
    Values request;  ///< fields and provenance; empty when they stay
    Values progress;
    std::optional<ConfigDriveRow> config_drive;  ///< to be kept with it
    bool names_drive = false;
    bool over = false;  ///< what it named is needed no more
};
DeploymentRow deployment_row(const Deployment& deployment, const Sealer& sealer, DeploymentPart part);

struct PublicationRow {
    base::NodeId node;
    Values values;
};
PublicationRow publication_row(const PublicationRecord& publication, const Sealer& sealer);

/// The whole row. Errors: NotFound (the node), Conflict (the id).
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
