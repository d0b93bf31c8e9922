// SPDX-License-Identifier: GPL-3.0-or-later
//
// The provision states and verbs of the OpenStack Ironic API, with exactly its strings, and which verb leads from which
// state into which operation. Pure tables.
#pragma once

#include "base/result.h"

#include <optional>
#include <string>
#include <string_view>

namespace isolde::conductor {

enum class ProvisionState {
    Enroll,
    Verifying,
    Manageable,
    Cleaning,
    Available,
    Deploying,
    WaitCallBack,
    Active,
    DeployFailed,
    Deleting,
    Error,
    CleanFailed,
    Adopting,
    AdoptFailed,
    Inspecting,
    InspectFailed,
};

/// "enroll", "wait call-back", "deploy failed", …
std::string_view to_string(ProvisionState state);
base::Result<ProvisionState> parse_provision_state(std::string_view text);

/// States that end an operation well: target_provision_state is null there.
bool is_stable(ProvisionState state);
/// What `target_provision_state` shows in `state`; failure states keep their target. Nothing for stable states.
std::optional<ProvisionState> target_of(ProvisionState state);
/// True where the node is being worked on: PATCH and DELETE are refused (outside maintenance).
bool is_transient(ProvisionState state);
/// Whether PATCH is allowed here without maintenance.
bool allows_update(ProvisionState state);
/// Whether DELETE is allowed here without maintenance.
bool allows_delete(ProvisionState state);

enum class Verb { Manage, Provide, Active, Rebuild, Deleted, Abort, Adopt, Inspect, Clean };

/// The `target` of PUT …/states/provision: "active", "deploy" (alias), "undeploy" (alias of deleted), …
/// Errors: InvalidArgument for a word that is no verb; Unsupported, with what to use instead, for rescue, unrescue,
/// service and unhold.
base::Result<Verb> parse_verb(std::string_view target);
std::string_view to_string(Verb verb);
/// Lowest minor version of the API that knows the verb as spelled ("deploy" is younger than "active").
int minimum_minor_version(std::string_view target);
/// Lowest minor version whose clients may use `verb` in `state`, where it is higher than that of the word: `abort` of a
/// deployment that waits is 1.110.
int minimum_minor_version(ProvisionState state, Verb verb);

/// The work that a node can have under way in its provision lane.
enum class OperationKind {
    Verify,      ///< manage: reach the BMC
    Clean,       ///< provide: nothing to clean, the state is shown
    Deploy,      ///< active, rebuild; after `active` it goes on watching
    FailDeploy,  ///< takes down what a failed or aborted deployment left, then `deploy failed`
    Undeploy,    ///< deleted
    Adopt,       ///< touches neither power nor media
    Inspect,     ///< reads the BMC's description of the host
    Power,       ///< PUT …/states/power, in a lane of its own
};
std::string_view to_string(OperationKind kind);
base::Result<OperationKind> parse_operation_kind(std::string_view text);

/// What accepting `verb` in `state` does: the state shown with the 202, and the operation begun (none: it is done).
struct Transition {
    ProvisionState next;
    std::optional<OperationKind> operation;
};
/// `abort` of a waiting deployment shows `deploying` while FailDeploy takes down what there is.
/// Errors: InvalidArgument with Ironic's text: The requested action "provide" can not be performed on node "<node>"
/// while it is in state "enroll". Unsupported for `clean` of a manageable node: there are no clean steps.
base::Result<Transition> transition(ProvisionState state, Verb verb, std::string_view node);

}  // namespace isolde::conductor
