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

/// Written with the outcome; until the ejects were read back the rows say that they are owed.
void note_publications(StepContext& context, PublicationState state) {
    for (auto& record : publications_of(*context.deployment, state)) {
        context.publications.push_back(std::move(record));
    }
}

void revoke_all(const Deployment& deployment, const Services& services) {
    for (const Medium& medium : media_of(deployment)) {
        if (!medium.token.empty()) {
            services.media.revoke(base::PublicationToken(medium.token));
        }
    }
}

base::Result<void> eject_medium(const Medium& medium, bmc::Bmc& bmc, const Services& services) {
    const base::SlotId id(medium.slot);
    const auto slot = TRY(bmc.slot(id, bmc_deadline(services)));
    if (!slot.inserted || !shows_our_url(slot.image, medium.url)) {
        return {};
    }
    return bmc.eject(id, bmc_deadline(services));
}

bool has_medium(const StepContext& context) {
    return context.deployment && !context.deployment->token.empty() &&
           context.deployment->state != DeploymentState::Released;
}

}  // namespace

base::Result<void> eject_ours(const Deployment& deployment, const Node& node, const Services& services) {
    for (const Medium& medium : media_of(deployment)) {
        if (medium.slot.empty() || medium.url.empty()) {
            continue;
        }
        services.media.ejecting(base::PublicationToken(medium.token));
        const auto bmc = TRY(bmc_of(node, services));
        TRY(eject_medium(medium, *bmc, services));
    }
    return {};
}

base::Result<void> drop_replaced(StepContext& context, const Services& services) {
    const base::DeploymentId id(context.operation.detail.value("replaces", ""));
    if (id.empty()) {
        return {};
    }
    Deployment replaced = TRY(services.store.deployment(id));
    TRY(eject_ours(replaced, context.node, services));
    revoke_all(replaced, services);
    TRY(release_images(replaced, services.images));
    replaced.state = DeploymentState::Ended;
    replaced.ended_at = services.clock.wall();
    Change change;
    change.put_publications = publications_of(replaced, PublicationState::Revoked);
    change.put_deployment = std::move(replaced);
    TRY(services.store.apply(change));
    context.operation.detail.erase("replaces");
    return {};
}

void revoke_publications(StepContext& context, const Services& services) {
    revoke_all(*context.deployment, services);
    note_publications(context, PublicationState::Revoked);
}

Outcome take_down_power(StepContext& context, const Services& services) {
    if (has_medium(context)) {
        note_publications(context, PublicationState::RevokePending);
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
    return outcome_of(eject_ours(*context.deployment, context.node, services), "ejecting our media");
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
    revoke_publications(context, services);
    return Outcome::done();
}

Outcome take_down_drop(StepContext& context, const Services& services) {
    if (context.deployment) {
        Deployment& deployment = *context.deployment;
        auto freed = release_images(deployment, services.images);
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
