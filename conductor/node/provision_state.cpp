// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/node/provision_state.h"

#include "conductor/node/names.h"

#include <algorithm>

namespace isolde::conductor {
namespace {

using S = ProvisionState;

constexpr std::array kStateNames{
    Name{S::Enroll, "enroll"},
    Name{S::Verifying, "verifying"},
    Name{S::Manageable, "manageable"},
    Name{S::Cleaning, "cleaning"},
    Name{S::Available, "available"},
    Name{S::Deploying, "deploying"},
    Name{S::WaitCallBack, "wait call-back"},
    Name{S::Active, "active"},
    Name{S::DeployFailed, "deploy failed"},
    Name{S::Deleting, "deleting"},
    Name{S::Error, "error"},
    Name{S::CleanFailed, "clean failed"},
    Name{S::Adopting, "adopting"},
    Name{S::AdoptFailed, "adopt failed"},
    Name{S::Inspecting, "inspecting"},
    Name{S::InspectFailed, "inspect failed"},
};

constexpr std::array kOperationNames{
    Name{OperationKind::Verify, "verify"},     Name{OperationKind::Clean, "clean"},
    Name{OperationKind::Deploy, "deploy"},     Name{OperationKind::FailDeploy, "fail-deploy"},
    Name{OperationKind::Undeploy, "undeploy"}, Name{OperationKind::Adopt, "adopt"},
    Name{OperationKind::Inspect, "inspect"},   Name{OperationKind::Power, "power"},
};

template <std::size_t Count>
bool is_one_of(const std::array<S, Count>& states, S state) {
    return std::find(states.begin(), states.end(), state) != states.end();
}

constexpr std::array kStable{S::Enroll, S::Manageable, S::Available, S::Active, S::Error};
constexpr std::array kTransient{S::Verifying, S::Cleaning, S::Deploying, S::WaitCallBack,
                                S::Deleting,  S::Adopting, S::Inspecting};
constexpr std::array kUpdatable{S::DeployFailed, S::InspectFailed, S::CleanFailed, S::Verifying, S::AdoptFailed};
constexpr std::array kDeletable{S::Enroll, S::Manageable, S::Available, S::AdoptFailed};

}  // namespace

std::string_view to_string(ProvisionState state) {
    return name_of(kStateNames, state);
}

base::Result<ProvisionState> parse_provision_state(std::string_view text) {
    return value_of(kStateNames, text, "a provision state");
}

bool is_stable(ProvisionState state) {
    return is_one_of(kStable, state);
}

std::optional<ProvisionState> target_of(ProvisionState state) {
    switch (state) {
        case S::Enroll:
        case S::Manageable:
        case S::Available:
        case S::Active:
        case S::Error: return std::nullopt;
        case S::Verifying:
        case S::Inspecting:
        case S::InspectFailed: return S::Manageable;
        case S::Cleaning:
        case S::CleanFailed:
        case S::Deleting: return S::Available;
        case S::Deploying:
        case S::WaitCallBack:
        case S::DeployFailed:
        case S::Adopting:
        case S::AdoptFailed: return S::Active;
    }
    ISOLDE_CHECK(false && "a provision state without a target");
}

bool is_transient(ProvisionState state) {
    return is_one_of(kTransient, state);
}

bool allows_update(ProvisionState state) {
    return is_stable(state) || is_one_of(kUpdatable, state);
}

bool allows_delete(ProvisionState state) {
    return is_one_of(kDeletable, state);
}

std::string_view to_string(OperationKind kind) {
    return name_of(kOperationNames, kind);
}

base::Result<OperationKind> parse_operation_kind(std::string_view text) {
    return value_of(kOperationNames, text, "a kind of operation");
}

}  // namespace isolde::conductor
