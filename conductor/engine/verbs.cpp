// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/engine/verbs.h"

#include "conductor/engine/steps/host_steps.h"
#include "conductor/node/known_fields.h"

#include <algorithm>
#include <array>

namespace isolde::conductor {
namespace {

constexpr int kWriteAttempts = 5;
constexpr std::array<std::string_view, 5> kPowerTargets{"power on", "power off", "rebooting", "soft power off",
                                                        "soft rebooting"};

base::Error locked(const Node& node, const Operation& operation, const EngineOptions& options) {
    const std::string host = operation.owner.empty() ? options.conductor_name : operation.owner;
    return base::conflict("Node " + node.id.str() + " is locked by host " + host +
                          ", please retry after the current operation is completed.");
}

/// A deployment that waits for minutes can be cancelled: that is what the waiting state is for.
bool may_interrupt(Verb verb, const Node& node) {
    return node.provision_state == ProvisionState::WaitCallBack && (verb == Verb::Deleted || verb == Verb::Abort);
}

bool starts_deployment(Verb verb) {
    return verb == Verb::Active || verb == Verb::Rebuild;
}

/// The verb's config drive takes the place of one that the node had; without one that stays.
base::Result<void> put_configdrive(Node& node, Verb verb, const base::Json& configdrive) {
    if (asks_for_nothing(configdrive)) {
        return {};
    }
    if (!starts_deployment(verb)) {
        return base::invalid_argument(
            "Adding a config drive is only supported when setting provision state to active, rebuild");
    }
    node.instance_info["configdrive"] = configdrive;
    return {};
}

std::vector<LeftBehind> left_behind_of(const Deployment& deployment, const Node& node, base::WallTime now) {
    const auto settings = read_bmc_settings(node.driver_info);
    std::vector<LeftBehind> left;
    for (const Medium& medium : media_of(deployment)) {
        if (!medium.slot.empty() && !medium.url.empty()) {
            left.push_back({settings.ok() ? settings->address : "", settings.ok() ? settings->system_id : "",
                            medium.slot, medium.url, now});
        }
    }
    return left;
}

std::string power_after(const std::string& target) {
    return target == "power off" || target == "soft power off" ? "power off" : "power on";
}

}  // namespace

bool holds_node(const Operation& operation) {
    if (operation.detail.value("background", false)) {
        return false;
    }
    const bool watching = operation.kind == OperationKind::Deploy &&
                          (operation.step == Step::Watch || operation.step == Step::ReleaseEject ||
                           operation.step == Step::ReleaseRevoke);
    return !watching;
}

base::Result<Deployment> Verbs::new_deployment(const Node& node) {
    const auto& defaults = services_.options.deploy_defaults;
    TRY(checked_fields(node, services_.store, defaults));
    TRY(bmc_target(node, services_.options));
    Deployment deployment;
    deployment.id = base::DeploymentId(services_.random.uuid());
    deployment.node = node.id;
    deployment.created_at = services_.clock.wall();
    deployment.fields = node.instance_info;
    deployment.provenance = provenance_of(node.instance_info, node.driver_info, defaults);
    return deployment;
}

base::Result<void> Verbs::begin(Node& node, OperationKind kind, Change& change, std::optional<Deployment>& deployment) {
    Operation operation;
    operation.node = node.id;
    operation.kind = kind;
    operation.step = first_step(kind);
    operation.begun_at = operation.step_begun_at = operation.wake_at = services_.clock.wall();
    const auto current = TRY(services_.store.current_deployment(node.id));
    if (kind == OperationKind::Deploy) {
        deployment = TRY(new_deployment(node));
        change.new_deployment = true;
        if (current && !current->token.empty() && current->state != DeploymentState::Ended) {
            operation.detail["replaces"] = current->id.str();
        }
        node.driver_internal_info["deployment"] = deployment->id.str();
    } else if (kind == OperationKind::Undeploy || kind == OperationKind::FailDeploy) {
        deployment = current;
    }
    if (kind == OperationKind::FailDeploy) {
        operation.detail["error"] = "aborted by the operator";
    }
    const auto interrupted = TRY(services_.store.operation(node.id, Lane::Provision));
    if (interrupted && interrupted->detail.contains("replaces")) {
        operation.detail["replaces"] = interrupted->detail["replaces"];
    }
    if (deployment) {
        operation.deployment = deployment->id;
        change.put_deployment = deployment;
    }
    change.begin_operation = std::move(operation);
    return {};
}

base::Result<std::optional<Verbs::Accepted>> Verbs::accept(const std::string& id_or_name, Verb verb,
                                                           const base::Json& configdrive, const base::Json* fields) {
    Node node = TRY(services_.store.find_node(id_or_name));
    const auto running = TRY(services_.store.operation(node.id, Lane::Provision));
    const auto next = transition(node.provision_state, verb, id_or_name);
    if (running && holds_node(*running) && !(next.ok() && may_interrupt(verb, node))) {
        return locked(node, *running, services_.options);
    }
    TRY(next);
    if (starts_deployment(verb) && node.maintenance) {
        return base::invalid_argument("The " + std::string(to_string(verb)) + " operation can't be performed on node " +
                                      node.id.str() + " because it's in maintenance mode.");
    }
    if (fields != nullptr) {
        node.instance_info = *fields;
    }
    TRY(put_configdrive(node, verb, configdrive));
    Accepted accepted;
    Change change;
    if (next->operation) {
        TRY(begin(node, *next->operation, change, accepted.deployment));
    }
    node.provision_state = next->next;
    node.provision_updated_at = services_.clock.wall();
    node.last_error.clear();
    change.node = node;
    if (auto written = services_.store.apply(change); !written.ok()) {
        // The only guard in this change is the row's version.
        const bool lost_race = written.error().kind == base::ErrorKind::Conflict;
        return lost_race ? base::Result<std::optional<Accepted>>(std::nullopt) : std::move(written).error();
    }
    dispatcher_.wake({node.id, Lane::Provision});
    accepted.node = std::move(node);
    return std::optional(std::move(accepted));
}

base::Result<Verbs::Accepted> Verbs::accept_in_a_race(const std::string& node, Verb verb, const base::Json& configdrive,
                                                      const base::Json* fields) {
    for (int attempt = 1; attempt <= kWriteAttempts; ++attempt) {
        // After a lost race the verb is judged again by what the other writer left.
        if (auto accepted = TRY(accept(node, verb, configdrive, fields))) {
            return std::move(*accepted);
        }
    }
    return base::conflict("Node " + node + " was changed by others again and again meanwhile: repeat the request.");
}

base::Result<Node> Verbs::provision(const std::string& node, Verb verb, const base::Json& configdrive) {
    return std::move(TRY(accept_in_a_race(node, verb, configdrive, nullptr)).node);
}

base::Result<Deployment> Verbs::deploy(const std::string& node, const base::Json& fields) {
    TRY(check_request_fields(fields));
    const Node row = TRY(services_.store.find_node(node));
    const Verb verb = row.provision_state == ProvisionState::Available ? Verb::Active : Verb::Rebuild;
    return std::move(*TRY(accept_in_a_race(node, verb, nullptr, &fields)).deployment);
}

base::Result<Node> Verbs::set_power(const std::string& id_or_name, const std::string& target, int timeout) {
    if (std::find(kPowerTargets.begin(), kPowerTargets.end(), target) == kPowerTargets.end()) {
        return base::invalid_argument("'" + target +
                                      "' is no power target; use power on, power off, rebooting, soft power off or "
                                      "soft rebooting");
    }
    Node node = TRY(services_.store.find_node(id_or_name));
    TRY(bmc_target(node, services_.options));
    for (const Lane lane : {Lane::Provision, Lane::Power}) {
        const auto running = TRY(services_.store.operation(node.id, lane));
        if (running && holds_node(*running)) {
            return locked(node, *running, services_.options);
        }
    }
    Operation operation;
    operation.node = node.id;
    operation.lane = Lane::Power;
    operation.kind = OperationKind::Power;
    operation.step = first_step(OperationKind::Power);
    operation.begun_at = operation.step_begun_at = operation.wake_at = services_.clock.wall();
    operation.detail = {{"target", target}, {"timeout", timeout}};
    node.target_power_state = power_after(target);
    Change change;
    change.node = node;
    change.begin_operation = std::move(operation);
    TRY(services_.store.apply(change));
    dispatcher_.wake({node.id, Lane::Power});
    return node;
}

base::Result<void> Verbs::forget(const std::string& id_or_name) {
    const Node node = TRY(services_.store.find_node(id_or_name));
    const auto running = TRY(services_.store.operation(node.id, Lane::Provision));
    if (!node.maintenance && running && holds_node(*running)) {
        return locked(node, *running, services_.options);
    }
    if (!node.maintenance && !allows_delete(node.provision_state)) {
        return base::conflict("Can not delete node \"" + node.id.str() + "\" while it is in provision state \"" +
                              std::string(to_string(node.provision_state)) +
                              "\". Valid provision states to perform deletion are: \"('manageable', 'enroll', 'adopt "
                              "failed', 'available')\", or set the node into maintenance mode");
    }
    Change change;
    change.delete_node = node.id;
    const auto deployment = TRY(services_.store.current_deployment(node.id));
    if (deployment && !deployment->token.empty() && deployment->state != DeploymentState::Ended) {
        for (const Medium& medium : media_of(*deployment)) {
            services_.media.revoke(base::PublicationToken(medium.token));
        }
        if (deployment->state != DeploymentState::Released) {
            change.left_behind = left_behind_of(*deployment, node, services_.clock.wall());
        }
    }
    if (deployment) {
        services_.acquisitions.cancel(deployment->id);
        TRY(release_images(*deployment, services_.images));
    }
    return services_.store.apply(change);
}

base::Result<void> Verbs::release(const std::string& id_or_name) {
    const Node node = TRY(services_.store.find_node(id_or_name));
    auto operation = TRY(services_.store.operation(node.id, Lane::Provision));
    if (!operation || operation->kind != OperationKind::Deploy || operation->step != Step::Watch) {
        return base::conflict("node " + id_or_name + " holds no medium that could be released: it is " +
                              std::string(to_string(node.provision_state)));
    }
    operation->detail["release"] = true;
    Change change;
    change.begin_operation = std::move(*operation);
    TRY(services_.store.apply(change));
    dispatcher_.wake({node.id, Lane::Provision});
    return {};
}

}  // namespace isolde::conductor
