// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/node/decide.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <span>

namespace isolde::conductor {
namespace {

constexpr std::array kDeploySteps{
    Step::Admit,  Step::Acquire,  Step::Compose, Step::Publish, Step::PowerOff, Step::EjectOld,     Step::Insert,
    Step::Verify, Step::BootOnce, Step::PowerOn, Step::SeeBoot, Step::Watch,    Step::ReleaseEject, Step::ReleaseRevoke,
};
constexpr std::array kTakeDownSteps{
    Step::TakeDownPowerOff, Step::TakeDownEject, Step::TakeDownOverride, Step::TakeDownRevoke, Step::TakeDownDrop,
};
constexpr std::array kReachSteps{Step::Reach};
constexpr std::array kFinishSteps{Step::Finish};
constexpr std::array kPowerSteps{Step::PowerChange};

std::span<const Step> steps_of(OperationKind kind) {
    switch (kind) {
        case OperationKind::Deploy: return kDeploySteps;
        case OperationKind::FailDeploy:
        case OperationKind::Undeploy: return kTakeDownSteps;
        case OperationKind::Verify:
        case OperationKind::Adopt:
        case OperationKind::Inspect: return kReachSteps;
        case OperationKind::Clean: return kFinishSteps;
        case OperationKind::Power: return kPowerSteps;
    }
    return kFinishSteps;
}

std::optional<Step> next_step(OperationKind kind, Step step) {
    const auto steps = steps_of(kind);
    const auto here = std::find(steps.begin(), steps.end(), step);
    if (here == steps.end() || std::next(here) == steps.end()) {
        return std::nullopt;
    }
    return *std::next(here);
}

/// Steps after which the host and its BMC may be in our hands: from here on a failure is undone on the BMC too.
bool touches_bmc(Step step) {
    return step >= Step::PowerOff && step <= Step::ReleaseRevoke;
}

bool is_releasing(Step step) {
    return step == Step::Watch || step == Step::ReleaseEject || step == Step::ReleaseRevoke;
}

/// Where a deployment waits for what may take minutes, and can be cancelled.
ProvisionState waiting_state(Step step) {
    return is_releasing(step) ? ProvisionState::Active : ProvisionState::WaitCallBack;
}

ProvisionState failure_state(OperationKind kind) {
    switch (kind) {
        case OperationKind::Verify: return ProvisionState::Enroll;
        case OperationKind::Clean: return ProvisionState::CleanFailed;
        case OperationKind::Deploy:
        case OperationKind::FailDeploy: return ProvisionState::DeployFailed;
        case OperationKind::Undeploy: return ProvisionState::Error;
        case OperationKind::Adopt: return ProvisionState::AdoptFailed;
        case OperationKind::Inspect: return ProvisionState::InspectFailed;
        case OperationKind::Power: break;
    }
    return ProvisionState::Error;
}

Decision after_done(OperationKind kind, Step step, base::WallTime now) {
    if (const auto next = next_step(kind, step)) {
        return {Decision::Kind::Continue, *next, now, state_during(kind, *next)};
    }
    return {Decision::Kind::End, step, now, std::nullopt};
}

Decision after_waiting(OperationKind kind, Step step, base::Duration wait, base::WallTime now) {
    Decision decision{
        Decision::Kind::Sleep, step, now + std::chrono::duration_cast<std::chrono::microseconds>(wait), {}};
    if (kind == OperationKind::Deploy) {
        decision.state = waiting_state(step);
    }
    return decision;
}

Decision after_failure(OperationKind kind, Step step, int attempts, bool background, const base::Error& error,
                       const RetryPolicy& policy, base::WallTime now) {
    const auto retry_at = now + std::chrono::duration_cast<std::chrono::microseconds>(retry_delay(policy, attempts));
    const bool taking_down = kind == OperationKind::FailDeploy || kind == OperationKind::Undeploy;
    // An answer that the BMC may take back later, or a host that still runs: the medium must not be forgotten.
    if (taking_down || is_releasing(step)) {
        if (background || attempts >= policy.attempts || !base::is_retryable(error.kind)) {
            const auto state = taking_down && !background ? std::optional(failure_state(kind)) : std::nullopt;
            return {Decision::Kind::Background, step, retry_at, state};
        }
        return {Decision::Kind::Sleep, step, retry_at, std::nullopt};
    }
    // The cache retries downloads by its own rules, and a boot that was not seen will not be seen by looking again.
    const bool may_retry = base::is_retryable(error.kind) && step != Step::Acquire && step != Step::SeeBoot;
    if (may_retry && attempts < policy.attempts) {
        return {Decision::Kind::Sleep, step, retry_at, std::nullopt};
    }
    if (kind == OperationKind::Deploy) {
        const Step from = touches_bmc(step) ? Step::TakeDownPowerOff : Step::TakeDownRevoke;
        return {Decision::Kind::TakeDown, from, now, ProvisionState::Deploying};
    }
    const auto state = kind == OperationKind::Power ? std::nullopt : std::optional(failure_state(kind));
    return {Decision::Kind::End, step, now, state};
}

}  // namespace

base::Duration retry_delay(const RetryPolicy& policy, int attempt) {
    const int doublings = std::clamp(attempt - 1, 0, 20);
    return std::min<base::Duration>(policy.first_delay * (1LL << doublings), policy.longest_delay);
}

Step first_step(OperationKind kind) {
    return steps_of(kind).front();
}

std::optional<ProvisionState> state_during(OperationKind kind, Step step) {
    switch (kind) {
        case OperationKind::Verify: return ProvisionState::Verifying;
        case OperationKind::Clean: return ProvisionState::Cleaning;
        case OperationKind::Deploy: return is_releasing(step) ? ProvisionState::Active : ProvisionState::Deploying;
        case OperationKind::FailDeploy: return ProvisionState::Deploying;
        case OperationKind::Undeploy:
            return step == Step::TakeDownDrop ? ProvisionState::Cleaning : ProvisionState::Deleting;
        case OperationKind::Adopt: return ProvisionState::Adopting;
        case OperationKind::Inspect: return ProvisionState::Inspecting;
        case OperationKind::Power: return std::nullopt;
    }
    return std::nullopt;
}

Decision decide(OperationKind kind, Step step, int attempts, bool background, const Outcome& outcome,
                const RetryPolicy& policy, base::WallTime now) {
    Decision decision;
    switch (outcome.kind) {
        case Outcome::Kind::Done: decision = after_done(kind, step, now); break;
        case Outcome::Kind::Waiting: decision = after_waiting(kind, step, outcome.wait, now); break;
        case Outcome::Kind::Failed:
            decision = after_failure(kind, step, attempts, background, *outcome.error, policy, now);
            break;
    }
    if (background) {
        decision.state.reset();  // the node rests in a failure state, which only a verb may change
    }
    return decision;
}

ProvisionState end_state(OperationKind kind, ProvisionState shown) {
    switch (kind) {
        case OperationKind::Verify:
        case OperationKind::Inspect: return ProvisionState::Manageable;
        case OperationKind::Clean:
        case OperationKind::Undeploy: return ProvisionState::Available;
        case OperationKind::Deploy:
        case OperationKind::Adopt: return ProvisionState::Active;
        case OperationKind::FailDeploy: return ProvisionState::DeployFailed;
        case OperationKind::Power: return shown;
    }
    return shown;
}

std::optional<std::string> release_reason(const Evidence& evidence, const ReleaseRules& rules, HostSeen host,
                                          base::WallTime active_since, base::WallTime now) {
    if (!rules.one_shot || evidence.released) {
        return std::nullopt;
    }
    if (evidence.booted && rules.on_boot) {
        return "boot";
    }
    if (evidence.booted && host != HostSeen::Running) {
        return host == HostSeen::Off ? "host off" : "host restarted";
    }
    const auto last_read = evidence.last_read.value_or(active_since);
    if (evidence.booted && rules.idle && now - last_read >= *rules.idle) {
        return "idle";
    }
    if (now - active_since >= rules.deadline) {
        return "deadline";
    }
    return std::nullopt;
}

}  // namespace isolde::conductor
