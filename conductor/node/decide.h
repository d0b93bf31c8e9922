// SPDX-License-Identifier: GPL-3.0-or-later
//
// What follows from how a step ended: the next step, a wait, a retry, or the end of the operation, and what the node
// shows meanwhile. Pure: the whole life of a deployment can be read here and is tested as a table.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "conductor/node/deployment.h"
#include "conductor/node/provision_state.h"

#include <optional>
#include <string>

namespace isolde::conductor {

/// How a step ended.
struct Outcome {
    enum class Kind {
        Done,     ///< go on
        Waiting,  ///< nothing failed, nothing happened yet; look again after `wait`
        Failed,
    };
    Kind kind = Kind::Done;
    base::Duration wait{};
    std::string note;  ///< for people: "downloading 41 %"
    std::optional<base::Error> error;

    static Outcome done(std::string note = "") { return {Kind::Done, {}, std::move(note), std::nullopt}; }
    static Outcome waiting(base::Duration wait, std::string note) {
        return {Kind::Waiting, wait, std::move(note), std::nullopt};
    }
    static Outcome failed(base::Error error) { return {Kind::Failed, {}, "", std::move(error)}; }
};

struct RetryPolicy {
    int attempts = 4;                                      ///< of a step that fails with a retryable kind
    base::Duration first_delay = std::chrono::seconds(1);  ///< doubled each time
    base::Duration longest_delay = std::chrono::minutes(5);
};
/// first_delay · 2^(attempt-1), at most longest_delay. `attempt` counts from 1.
base::Duration retry_delay(const RetryPolicy& policy, int attempt);

struct Decision {
    enum class Kind {
        Continue,    ///< run `step` at once
        Sleep,       ///< free the lease; the same step again at `wake_at`
        TakeDown,    ///< the deployment failed: go on as FailDeploy from `step`
        Background,  ///< told and shown; the same step is tried again at `wake_at` and holds no verb back
        End,         ///< the operation is over
    };
    Kind kind = Kind::Continue;
    Step step = Step::Finish;
    base::WallTime wake_at;
    /// What the node shows from now on; nothing: unchanged.
    std::optional<ProvisionState> state;
};

/// The step with which an operation of `kind` begins.
Step first_step(OperationKind kind);
/// The state that a node shows while `step` of `kind` runs.
std::optional<ProvisionState> state_during(OperationKind kind, Step step);

/// `background`: the operation went to the background before. Total: every (kind, step, outcome) has an answer.
Decision decide(OperationKind kind, Step step, int attempts, bool background, const Outcome& outcome,
                const RetryPolicy& policy, base::WallTime now);

/// The state in which an operation ends when all went well.
ProvisionState end_state(OperationKind kind, ProvisionState shown);

struct ReleaseRules {
    bool one_shot = false;
    bool on_boot = false;                ///< one_shot_release: "boot"
    std::optional<base::Duration> idle;  ///< one_shot_idle
    base::Duration deadline = std::chrono::hours(24);
};
/// What was seen of the host after `booted`.
enum class HostSeen {
    Running,  ///< or nothing was seen
    Off,
    Left,  ///< restarted without loading from the medium
};
/// Why nobody needs the medium any more ("boot", "host off", "host restarted", "idle", "deadline"), or nothing.
std::optional<std::string> release_reason(const Evidence& evidence, const ReleaseRules& rules, HostSeen host,
                                          base::WallTime active_since, base::WallTime now);

}  // namespace isolde::conductor
