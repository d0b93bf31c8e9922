// SPDX-License-Identifier: GPL-3.0-or-later
//
// The engine does the work that verbs begin: a scheduler of due times and a pool of workers, each taking one operation
// by lease, running one short step under a deadline, recording outcome and wake-up time. Crash-only: what is not in the
// store did not happen.
#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "base/result.h"
#include "bmc/bmc.h"
#include "cache/image_store.h"
#include "conductor/engine/journal_observer.h"
#include "conductor/engine/steps/media.h"
#include "conductor/engine/steps/options.h"
#include "conductor/store/store.h"
#include "vmedia/compose/plan.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace isolde::conductor {

/// One row of GET …/validate.
struct ValidationRow {
    std::string interface;  ///< "boot", "deploy", "power", "management", …
    bool result = true;
    std::string reason;
};

struct EngineCollaborators {
    Store& store;
    cache::ImageStore& images;
    Media& media;
    bmc::BmcPool& bmcs;
    const base::Clock& clock;
    base::Random& random;
    base::Log& log;
};

/// Thread-safe.
class Engine {
  public:
    /// Takes up what the store holds: frees leases of this conductor's earlier life, republishes live publications,
    /// drops cache leases that no record names, and starts scheduler and workers.
    static base::Result<std::unique_ptr<Engine>> start(EngineOptions options, EngineCollaborators collaborators,
                                                       JournalObserver observer = {});
    virtual ~Engine() = default;

    /// Accepts a verb: checks the transition, maintenance, reservation and, for active and rebuild, the fields; writes
    /// the new state and the operation in one change; wakes a worker. Returns the node as it is with the 202.
    /// Errors: InvalidArgument (Ironic's text), Conflict (locked by an operation: "Node … is locked by host …, please
    /// retry after the current operation is completed."), NotFound.
    virtual base::Result<Node> provision(const std::string& node, Verb verb, const base::Json& configdrive) = 0;

    /// PATCHed fields, validate and `active` in one change, for POST …/deployments. Errors as provision.
    virtual base::Result<Deployment> deploy(const std::string& node, const base::Json& fields) = 0;

    /// "power on", "power off", "rebooting", "soft power off", "soft rebooting". `timeout` in seconds, 0: default.
    virtual base::Result<Node> set_power(const std::string& node, const std::string& target, int timeout) = 0;

    /// Deletes a node with all that belongs to it; in maintenance also while it is deployed: publications are revoked,
    /// no BMC request is made, and what the BMC may still hold is recorded as left behind.
    virtual base::Result<void> forget(const std::string& node) = 0;

    /// The operator's word that nobody needs the medium any more. Errors: Conflict (nothing deployed), NotFound.
    virtual base::Result<void> release(const std::string& node) = 0;

    /// Deep preflight: fields, image (HEAD, size, injectability when cached), BMC slot. Answered from a worker within
    /// `deadline`; `done` is called once, on any thread.
    virtual void validate(const std::string& node,
                          std::function<void(base::Result<std::vector<ValidationRow>>)> done) = 0;

    /// What would change in the node's boot entries, composed from the cached base. NotFound when the base is not
    /// cached.
    virtual void plan(const std::string& node, std::function<void(base::Result<vmedia::PlanReport>)> done) = 0;

    /// The manifest of the image that the node's current deployment has. Errors: NotFound (no deployment, no base yet),
    /// as composing.
    virtual void manifest(const std::string& node, std::function<void(base::Result<base::Json>)> done) = 0;

    /// Asks the node's BMC; parked and answered within 20 s, at most 256 at once, else Unavailable.
    virtual void ask_bmc(const std::string& node,
                         std::function<base::Result<base::Json>(bmc::Bmc&, base::Deadline)> question,
                         std::function<void(base::Result<base::Json>)> done) = 0;

    /// Something was seen of the node's medium: the operation that waits for it looks again.
    virtual void media_was_read(const base::NodeId& node) = 0;

    /// Evidence as of now (store and live trace).
    virtual base::Result<Evidence> evidence(const Deployment& deployment) = 0;

    /// Stops taking work, lets running steps end, joins. Idempotent.
    virtual void stop() = 0;
};

}  // namespace isolde::conductor
