// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/node/names.h"
#include "conductor/node/provision_state.h"

#include <algorithm>

namespace isolde::conductor {
namespace {

/// One spelling of a verb. A refused verb has no value, but what to use instead.
struct VerbRow {
    std::string_view spelling;
    std::optional<Verb> verb;
    int minimum_minor;
    std::string_view instead;
};

constexpr int kFirstMinor = 1;
constexpr std::string_view kNoServiceMode =
    "this conductor has no service mode: deploy the maintenance image as boot_iso with one_shot";
constexpr std::string_view kNoRescue =
    "this conductor has no rescue mode: rebuild the node with a rescue image as boot_iso";

// The first row of each verb is its name.
constexpr std::array kVerbs{
    VerbRow{"manage", Verb::Manage, 4, {}},
    VerbRow{"provide", Verb::Provide, 4, {}},
    VerbRow{"active", Verb::Active, kFirstMinor, {}},
    VerbRow{"deploy", Verb::Active, 73, {}},
    VerbRow{"rebuild", Verb::Rebuild, kFirstMinor, {}},
    VerbRow{"deleted", Verb::Deleted, kFirstMinor, {}},
    VerbRow{"undeploy", Verb::Deleted, 73, {}},
    VerbRow{"abort", Verb::Abort, 13, {}},
    VerbRow{"adopt", Verb::Adopt, 17, {}},
    VerbRow{"inspect", Verb::Inspect, 6, {}},
    VerbRow{"clean", Verb::Clean, 15, {}},
    VerbRow{"rescue", {}, 38, kNoRescue},
    VerbRow{"unrescue", {}, 38, kNoRescue},
    VerbRow{"unhold", {}, 85, "this conductor has no hold steps, so no node is ever held"},
    VerbRow{"service", {}, 87, kNoServiceMode},
};

const VerbRow* find_spelling(std::string_view target) {
    const auto* row = std::find_if(kVerbs.begin(), kVerbs.end(), [&](const auto& r) { return r.spelling == target; });
    return row == kVerbs.end() ? nullptr : row;
}

using S = ProvisionState;
using K = OperationKind;

struct TransitionRow {
    S from;
    Verb verb;
    Transition to;
};

constexpr std::array kTransitions{
    TransitionRow{S::Enroll, Verb::Manage, {S::Verifying, K::Verify}},
    TransitionRow{S::Manageable, Verb::Provide, {S::Cleaning, K::Clean}},
    TransitionRow{S::Manageable, Verb::Inspect, {S::Inspecting, K::Inspect}},
    TransitionRow{S::Manageable, Verb::Adopt, {S::Adopting, K::Adopt}},
    TransitionRow{S::Available, Verb::Manage, {S::Manageable, {}}},
    TransitionRow{S::Available, Verb::Active, {S::Deploying, K::Deploy}},
    TransitionRow{S::Active, Verb::Rebuild, {S::Deploying, K::Deploy}},
    TransitionRow{S::Active, Verb::Deleted, {S::Deleting, K::Undeploy}},
    TransitionRow{S::DeployFailed, Verb::Active, {S::Deploying, K::Deploy}},
    TransitionRow{S::DeployFailed, Verb::Rebuild, {S::Deploying, K::Deploy}},
    TransitionRow{S::DeployFailed, Verb::Deleted, {S::Deleting, K::Undeploy}},
    TransitionRow{S::WaitCallBack, Verb::Deleted, {S::Deleting, K::Undeploy}},
    TransitionRow{S::WaitCallBack, Verb::Abort, {S::Deploying, K::FailDeploy}},
    TransitionRow{S::Error, Verb::Rebuild, {S::Deploying, K::Deploy}},
    TransitionRow{S::Error, Verb::Deleted, {S::Deleting, K::Undeploy}},
    TransitionRow{S::CleanFailed, Verb::Manage, {S::Manageable, {}}},
    TransitionRow{S::InspectFailed, Verb::Manage, {S::Manageable, {}}},
    TransitionRow{S::InspectFailed, Verb::Inspect, {S::Inspecting, K::Inspect}},
    TransitionRow{S::AdoptFailed, Verb::Adopt, {S::Adopting, K::Adopt}},
    TransitionRow{S::AdoptFailed, Verb::Manage, {S::Manageable, {}}},
};

}  // namespace

base::Result<Verb> parse_verb(std::string_view target) {
    const VerbRow* row = find_spelling(target);
    if (row == nullptr) {
        return base::invalid_argument("\"" + std::string(target.substr(0, 80)) +
                                      "\" is no provision action; the actions are active, rebuild, deleted, manage, "
                                      "provide, inspect, adopt, clean and abort");
    }
    if (!row->verb) {
        return base::unsupported("the action \"" + std::string(target) +
                                 "\" is not supported: " + std::string(row->instead));
    }
    return *row->verb;
}

std::string_view to_string(Verb verb) {
    for (const auto& row : kVerbs) {
        if (row.verb == verb) return row.spelling;
    }
    ISOLDE_CHECK(false && "a verb has no name");
}

int minimum_minor_version(std::string_view target) {
    const VerbRow* row = find_spelling(target);
    return row == nullptr ? kFirstMinor : row->minimum_minor;
}

int minimum_minor_version(ProvisionState state, Verb verb) {
    constexpr int kAbortOfDeployment = 110;
    return state == S::WaitCallBack && verb == Verb::Abort ? kAbortOfDeployment : kFirstMinor;
}

base::Result<Transition> transition(ProvisionState state, Verb verb, std::string_view node) {
    for (const auto& row : kTransitions) {
        if (row.from == state && row.verb == verb) return row.to;
    }
    if (state == S::Manageable && verb == Verb::Clean) {
        return base::unsupported(
            "manual cleaning is not supported: this conductor has no clean steps; use \"provide\", or deploy an image "
            "that does the work as boot_iso with one_shot");
    }
    return base::invalid_argument("The requested action \"" + std::string(to_string(verb)) +
                                  "\" can not be performed on node \"" + std::string(node) +
                                  "\" while it is in state \"" + std::string(to_string(state)) + "\".");
}

}  // namespace isolde::conductor
