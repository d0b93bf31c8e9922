// SPDX-License-Identifier: GPL-3.0-or-later
//
// The steps that wait for evidence, and the release of a one-shot medium.
#include "conductor/engine/steps/deploy_steps.h"
#include "conductor/engine/steps/host_steps.h"
#include "conductor/engine/steps/take_down_steps.h"
#include "conductor/node/host_watch.h"

namespace isolde::conductor {
namespace {

using namespace std::chrono_literals;

/// Reads wake a waiting operation by themselves; these intervals only bound what is not read but asked.
constexpr auto kPowerLookInterval = 5s;
constexpr auto kQuietInterval = 1h;

/// What is read of a second medium says nothing of the boot, but that somebody found it.
void refresh_reads(Medium& medium, const Services& services) {
    Evidence so_far;
    so_far.bytes_read = medium.bytes_read;
    so_far.last_read = medium.last_read;
    const Evidence now = services.media.evidence(base::PublicationToken(medium.token), so_far);
    medium.bytes_read = now.bytes_read;
    medium.last_read = now.last_read;
}

void refresh_evidence(StepContext& context, const Services& services) {
    Deployment& deployment = *context.deployment;
    for (Medium& medium : deployment.second_media) {
        refresh_reads(medium, services);
    }
    const bool was_booted = deployment.evidence.booted.has_value();
    deployment.evidence = services.media.evidence(base::PublicationToken(deployment.token), deployment.evidence);
    context.node.driver_internal_info["evidence"] = to_json(deployment.evidence);
    if (!was_booted && deployment.evidence.booted) {
        context.history.push_back(history_entry(services, context.node, "INFO", "deploy.booted",
                                                "boot loader, kernel and initrd were read in full after our reset"));
    }
}

base::Result<bmc::Power> look_at_power(StepContext& context, const Services& services) {
    const auto bmc = TRY(bmc_of(context.node, services));
    const auto power = TRY(bmc->power(bmc_deadline(services)));
    context.node.power_state = power == bmc::Power::Unknown ? "" : std::string(bmc::to_string(power));
    return power;
}

std::string what_was_read(const Evidence& evidence) {
    if (evidence.bytes_read == 0) {
        return "nothing of the image was read";
    }
    return base::to_string(base::ByteCount(evidence.bytes_read)) + " were read, but not the boot loader";
}

/// Reads that tell nothing leave the host's power as the only sign.
bool boot_was_seen(StepContext& context, const Services& services) {
    const Deployment& deployment = *context.deployment;
    if (services.options.active_when == ActiveWhen::PoweredOn && deployment.reset_done_at) {
        return true;  // the power-on step saw it
    }
    if (!deployment.evidence.opaque) {
        return deployment.evidence.read.has_value();
    }
    const auto power = look_at_power(context, services);
    return power.ok() && *power == bmc::Power::On;
}

ReleaseRules rules_of(const DeploymentFields& fields, const EngineOptions& options) {
    ReleaseRules rules;
    rules.one_shot = fields.one_shot;
    rules.on_boot = fields.one_shot_release == OneShotRelease::Boot;
    rules.idle = fields.one_shot_idle;
    rules.deadline = options.one_shot_deadline;
    return rules;
}

std::optional<HostWatch> watch_so_far(const Operation& operation) {
    const auto kept = operation.detail.find("host");
    if (kept == operation.detail.end()) {
        return std::nullopt;
    }
    auto watch = host_watch_from_json(*kept);
    return watch.ok() ? std::optional(std::move(*watch)) : std::nullopt;
}

void tell_restart(StepContext& context, const Services& services, HostVerdict::Kind kind) {
    if (kind == HostVerdict::Kind::Restarted) {
        context.history.push_back(history_entry(services, context.node, "INFO", "host.restarted",
                                                "the host restarted; waiting whether it loads from the medium again"));
    } else if (kind == HostVerdict::Kind::LoadedAgain) {
        context.history.push_back(history_entry(services, context.node, "INFO", "host.reloaded",
                                                "the host restarted and read the boot loader of the medium again"));
    }
}

/// After it booted. A BMC that does not answer tells nothing.
HostSeen look_at_host(StepContext& context, const Services& services) {
    const auto signs = [&]() -> base::Result<bmc::HostSigns> {
        const auto bmc = TRY(bmc_of(context.node, services));
        return bmc->host_signs(bmc_deadline(services));
    }();
    if (!signs.ok() || signs->power == bmc::Power::Unknown) {
        return HostSeen::Running;
    }
    context.node.power_state = std::string(bmc::to_string(signs->power));
    if (signs->power == bmc::Power::Off) {
        return HostSeen::Off;
    }
    const auto verdict =
        look_again(watch_so_far(context.operation), {services.clock.wall(), signs->last_reset, signs->boot_progress},
                   context.deployment->evidence, services.options.boot_timeout);
    context.operation.detail["host"] = to_json(verdict.watch);
    tell_restart(context, services, verdict.kind);
    return verdict.kind == HostVerdict::Kind::Left ? HostSeen::Left : HostSeen::Running;
}

/// Once: the operation notes it. What is read after the release would be a boot that nobody asked for.
void tell_boot_loop(StepContext& context, const Services& services) {
    const Deployment& deployment = *context.deployment;
    const auto since_release = services.media.evidence(base::PublicationToken(deployment.token), {});
    if (!since_release.loader || since_release.kernel_percent < 100 || context.operation.detail.contains("boot_loop")) {
        return;
    }
    context.operation.detail["boot_loop"] = true;
    services.log.warning("boot.loop", {{"node", context.node.id}, {"slot", deployment.slot}});
    context.history.push_back(history_entry(services, context.node, "ERROR", "boot.loop",
                                            "the host loaded boot loader and kernel from the medium again after its "
                                            "release (" +
                                                deployment.evidence.released_by + "); it is being ejected"));
}

}  // namespace

Outcome see_boot(StepContext& context, const Services& services) {
    refresh_evidence(context, services);
    const Deployment& deployment = *context.deployment;
    if (boot_was_seen(context, services)) {
        return Outcome::done();
    }
    const auto since = deployment.reset_done_at.value_or(deployment.created_at);
    if (services.clock.wall() - since >= services.options.boot_timeout) {
        return Outcome::failed(base::timed_out(
            "the host did not boot from the image: " + what_was_read(deployment.evidence) + " within " +
            std::to_string(std::chrono::duration_cast<std::chrono::seconds>(services.options.boot_timeout).count()) +
            " s of the power-on; check that the BMC reaches " + deployment.url.substr(0, deployment.url.find("/m/")) +
            " and that the host boots from its virtual CD"));
    }
    return Outcome::waiting(kPowerLookInterval, "waiting for the host to read the boot loader");
}

Outcome watch(StepContext& context, const Services& services) {
    refresh_evidence(context, services);
    Deployment& deployment = *context.deployment;
    if (deployment.state == DeploymentState::Running) {
        deployment.state = DeploymentState::Active;
    }
    const auto fields =
        read_deployment_fields(deployment.fields, context.node.driver_info, services.options.deploy_defaults);
    if (!fields.ok() || !fields->one_shot) {
        return Outcome::waiting(kQuietInterval, "active");
    }
    const bool operator_word = context.operation.detail.value("release", false);
    const auto active_since = deployment.reset_done_at.value_or(deployment.created_at);
    const auto rules = rules_of(*fields, services.options);
    const bool look = deployment.evidence.booted.has_value() && !rules.on_boot;
    const HostSeen host = look ? look_at_host(context, services) : HostSeen::Running;
    auto reason = release_reason(deployment.evidence, rules, host, active_since, services.clock.wall());
    if (operator_word) {
        reason = "operator";
    }
    if (!reason) {
        return Outcome::waiting(kPowerLookInterval, "active, the medium is still needed");
    }
    deployment.evidence.released = services.clock.wall();
    deployment.evidence.released_by = *reason;
    services.media.mark_reset(base::PublicationToken(deployment.token), *deployment.evidence.released);
    return Outcome::done("released: " + *reason);
}

Outcome release_eject(StepContext& context, const Services& services) {
    tell_boot_loop(context, services);
    if (auto ejected = eject_ours(*context.deployment, context.node, services); !ejected.ok()) {
        return Outcome::failed(std::move(ejected).error().with_context("ejecting the released medium"));
    }
    return Outcome::done();
}

Outcome release_revoke(StepContext& context, const Services& services) {
    revoke_publications(context, services);
    Deployment& deployment = *context.deployment;
    if (auto freed = release_images(deployment, services.images); !freed.ok()) {
        return Outcome::failed(std::move(freed).error());
    }
    deployment.state = DeploymentState::Released;
    context.node.driver_internal_info["evidence"] = to_json(deployment.evidence);
    context.history.push_back(history_entry(services, context.node, "INFO", "deploy.released",
                                            "medium ejected and given back: " + deployment.evidence.released_by));
    return Outcome::done();
}

}  // namespace isolde::conductor
