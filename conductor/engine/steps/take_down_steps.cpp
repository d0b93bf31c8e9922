// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/engine/steps/take_down_steps.h"

#include "conductor/engine/steps/host_steps.h"

namespace isolde::conductor {
namespace {

Outcome outcome_of(base::Result<void> result, const char* doing) {
    if (!result.ok()) {
        return Outcome::failed(std::move(result).error().with_context(doing));
    }
    return Outcome::done();
}

/// Publication rows are written with the outcome; until the eject was read back the row says that it is owed.
PublicationRecord record_of(const Deployment& deployment, PublicationState state) {
    PublicationRecord record;
    record.token = base::PublicationToken(deployment.token);
    record.node = deployment.node;
    record.deployment = deployment.id;
    record.slot = deployment.slot;
    record.url = deployment.url;
    record.state = state;
    record.created_at = deployment.created_at;
    return record;
}

bool has_medium(const StepContext& context) {
    return context.deployment && !context.deployment->token.empty() &&
           context.deployment->state != DeploymentState::Released;
}

}  // namespace

base::Result<void> eject_ours(const Deployment& deployment, const Node& node, const Services& services) {
    if (deployment.slot.empty() || deployment.url.empty()) {
        return {};
    }
    services.media.ejecting(base::PublicationToken(deployment.token));
    const auto bmc = TRY(bmc_of(node, services));
    const base::SlotId id(deployment.slot);
    const auto slot = TRY(bmc->slot(id, bmc_deadline(services)));
    if (!slot.inserted || !shows_our_url(slot.image, deployment.url)) {
        return {};
    }
    return bmc->eject(id, bmc_deadline(services));
}

base::Result<void> drop_replaced(StepContext& context, const Services& services) {
    const base::DeploymentId id(context.operation.detail.value("replaces", ""));
    if (id.empty()) {
        return {};
    }
    Deployment replaced = TRY(services.store.deployment(id));
    TRY(eject_ours(replaced, context.node, services));
    services.media.revoke(base::PublicationToken(replaced.token));
    TRY(services.images.release({cache::LeaseKind::Deployment, replaced.id.str()}));
    replaced.state = DeploymentState::Ended;
    replaced.ended_at = services.clock.wall();
    Change change;
    change.put_publications.push_back(record_of(replaced, PublicationState::Revoked));
    change.put_deployment = std::move(replaced);
    TRY(services.store.apply(change));
    context.operation.detail.erase("replaces");
    return {};
}

base::Result<void> revoke_publication(StepContext& context, const Services& services) {
    Deployment& deployment = *context.deployment;
    if (deployment.token.empty()) {
        return {};
    }
    const base::PublicationToken token(deployment.token);
    services.media.revoke(token);
    context.publications.push_back(record_of(*context.deployment, PublicationState::Revoked));
    return {};
}

Outcome take_down_power(StepContext& context, const Services& services) {
    if (has_medium(context)) {
        context.publications.push_back(record_of(*context.deployment, PublicationState::RevokePending));
    }
    return outcome_of(
        [&]() -> base::Result<void> {
            const auto bmc = TRY(bmc_of(context.node, services));
            TRY(power_off(*bmc, services.options.power_off, services));
            const auto power = TRY(bmc->power(bmc_deadline(services)));
            context.node.power_state = power == bmc::Power::Unknown ? "" : std::string(bmc::to_string(power));
            return {};
        }(),
        "powering the host off");
}

Outcome take_down_eject(StepContext& context, const Services& services) {
    if (auto dropped = drop_replaced(context, services); !dropped.ok()) {
        return Outcome::failed(std::move(dropped).error().with_context("ejecting the replaced deployment's medium"));
    }
    if (!has_medium(context)) {
        return Outcome::done("nothing of ours is inserted");
    }
    return outcome_of(eject_ours(*context.deployment, context.node, services), "ejecting our medium");
}

Outcome take_down_override(StepContext& context, const Services& services) {
    if (!has_medium(context)) {
        return Outcome::done();
    }
    auto cleared = [&]() -> base::Result<void> {
        const auto bmc = TRY(bmc_of(context.node, services));
        return bmc->clear_boot_override(bmc_deadline(services));
    }();
    if (!cleared.ok() && cleared.error().kind == base::ErrorKind::Unsupported) {
        return Outcome::done("this BMC has no way to disable the override");
    }
    return outcome_of(std::move(cleared), "disabling the boot override");
}

Outcome take_down_revoke(StepContext& context, const Services& services) {
    if (!context.deployment) {
        return Outcome::done();
    }
    services.acquisitions.cancel(context.deployment->id);
    return outcome_of(revoke_publication(context, services), "revoking the publication");
}

Outcome take_down_drop(StepContext& context, const Services& services) {
    if (context.deployment) {
        Deployment& deployment = *context.deployment;
        auto freed = services.images.release({cache::LeaseKind::Deployment, deployment.id.str()});
        if (!freed.ok()) {
            return Outcome::failed(std::move(freed).error());
        }
        const bool failed = context.operation.kind == OperationKind::FailDeploy;
        deployment.state = failed ? DeploymentState::Failed : DeploymentState::Ended;
        deployment.ended_at = services.clock.wall();
    }
    for (const char* key : {"download", "composed", "evidence", "deployment"}) {
        context.node.driver_internal_info.erase(key);
    }
    if (context.operation.kind == OperationKind::Undeploy && !context.operation.detail.value("background", false)) {
        context.node.instance_info = base::Json::object();
        context.node.instance_uuid.clear();
    }
    return Outcome::done();
}

}  // namespace isolde::conductor
