// SPDX-License-Identifier: GPL-3.0-or-later
//
// The steps of all operations: thin effects around the pure decisions of conductor/node. Each is idempotent: it looks
// before it acts, so that running it again after a kill changes nothing that is done already.
#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "bmc/bmc.h"
#include "cache/image_store.h"
#include "conductor/engine/steps/acquisitions.h"
#include "conductor/engine/steps/boot_files.h"
#include "conductor/engine/steps/media.h"
#include "conductor/engine/steps/options.h"
#include "conductor/node/decide.h"
#include "conductor/node/deployment.h"
#include "conductor/node/deployment_fields.h"
#include "conductor/node/node.h"
#include "conductor/store/store.h"

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace isolde::conductor {

/// What steps work with. All outlive every step.
struct Services {
    const EngineOptions& options;
    Store& store;
    cache::ImageStore& images;
    bmc::BmcPool& bmcs;
    Media& media;
    Acquisitions& acquisitions;
    BootBases& boot_bases;
    const base::Clock& clock;
    base::Random& random;
    base::Log& log;
};

/// One run of one step. The step changes `node` (only power_state, properties of the BMC and, at the end of an
/// undeploy, what undeploy wipes), `operation.detail` and `deployment`; the runner writes them with the outcome.
struct StepContext {
    Node node;
    Node stored;  ///< the row as it was read or written last
    Operation operation;
    std::optional<Deployment> deployment;
    /// Written in the same change as the outcome.
    std::vector<PublicationRecord> publications;
    std::vector<HistoryEntry> history;
    std::vector<LeftBehind> forget_left_behind;
    bool completed_fields = false;  ///< `note` writes the deployment's fields and provenance too
    /// Writes deployment and operation durably now: an intention before an act that must not be repeated blindly.
    std::function<base::Result<void>()> note;
};

/// Runs `context.operation.step`. Blocks for one BMC interaction at most (options.bmc_timeout).
Outcome run_step(StepContext& context, const Services& services);

/// How the node's BMC is reached. Errors: InvalidArgument naming the field of driver_info.
base::Result<bmc::Target> bmc_target(const Node& node, const EngineOptions& options);

/// `fields`, of the node's instance_info or of a deployment, with what the config drive holds. Errors: as
/// read_deployment_fields and Store::with_config_drive.
base::Result<DeploymentFields> whole_fields(const base::Json& fields, const Node& node, const Store& store,
                                            const DeployDefaults& defaults);

/// The fields of a deployment of the node, with all that can be said of them without a BMC and without the image.
/// Errors: as whole_fields, check_plan and check_config_drive.
base::Result<DeploymentFields> checked_fields(const Node& node, const Store& store, const DeployDefaults& defaults);

/// What the composer is asked for by a deployment's fields.
vmedia::InjectionPlan injection_plan(const DeploymentFields& fields);

/// "http://192.0.2.1:6180/m/<token>/" and `file_name`. Errors: Unavailable (no route to the BMC and no address
/// configured).
base::Result<std::string> publication_url(const EngineOptions& options, const DeploymentFields& fields,
                                          const Node& node, const base::PublicationToken& token,
                                          const std::string& file_name);

/// Holders of the leases that keep the deployment's images in the cache.
std::vector<std::string> lease_holders(const Deployment& deployment);
base::Result<void> release_images(const Deployment& deployment, cache::ImageStore& images);

/// The rows of all that the deployment has published.
std::vector<PublicationRecord> publications_of(const Deployment& deployment, PublicationState state);

/// Whether a BMC shows our URL: the same but for port, percent-encoding and case of the host, as BMCs echo it.
bool shows_our_url(const std::string& shown, const std::string& ours);

HistoryEntry history_entry(const Services& services, const Node& node, std::string severity, std::string type,
                           std::string event);

}  // namespace isolde::conductor
