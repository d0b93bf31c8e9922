// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/engine/steps/host_steps.h"

namespace isolde::conductor {
namespace {

base::Json describe(const bmc::Capabilities& found) {
    base::Json slots = base::Json::array();
    for (const bmc::MediaSlot& slot : found.slots) {
        slots.push_back({{"id", slot.id.str()}, {"name", slot.name}, {"insertable", slot.insertable}});
    }
    return {{"identity", found.identity}, {"vendor", found.vendor}, {"model", found.model},
            {"firmware", found.firmware}, {"system", found.system}, {"slots", std::move(slots)}};
}

/// A medium of a node that was forgotten while its BMC could not be asked.
base::Result<void> clean_left_behind(StepContext& context, bmc::Bmc& bmc, const bmc::Capabilities& found,
                                     const Services& services) {
    const auto settings = TRY(read_bmc_settings(context.node.driver_info));
    for (const LeftBehind& left : TRY(services.store.left_behind(settings.address))) {
        for (const bmc::MediaSlot& slot : found.slots) {
            if (slot.inserted && shows_our_url(slot.image, left.url)) {
                TRY(bmc.eject(slot.id, bmc_deadline(services)));
                context.history.push_back(history_entry(services, context.node, "INFO", "media.cleaned",
                                                        "ejected a medium that a forgotten node had left behind"));
            }
        }
        context.forget_left_behind.push_back(left);
    }
    return {};
}

base::Result<void> reach(StepContext& context, const Services& services) {
    const auto bmc = TRY(bmc_of(context.node, services));
    const bmc::Capabilities found = TRY(bmc->probe(bmc_deadline(services)));
    context.node.power_state = found.power == bmc::Power::Unknown ? "" : std::string(bmc::to_string(found.power));
    context.node.driver_internal_info["bmc"] = describe(found);
    return clean_left_behind(context, *bmc, found, services);
}

base::Result<void> apply_power_target(bmc::Bmc& bmc, const std::string& target, StepContext& context,
                                      const Services& services) {
    const bool restart = target == "rebooting" || target == "soft rebooting";
    const bool soft = target == "soft power off" || target == "soft rebooting";
    auto& detail = context.operation.detail;
    // A restart is two acts; the first is noted when done, so that a kill between them never repeats it.
    if (target != "power on" && !detail.value("off_done", false)) {
        TRY(power_off(bmc, soft ? PowerOffPolicy::Soft : PowerOffPolicy::Hard, services));
        detail["off_done"] = true;
        TRY(context.note());
    }
    if (target == "power on" || restart) {
        TRY(bmc.set_power(bmc::PowerAction::On, bmc_deadline(services)));
    }
    return {};
}

}  // namespace

base::Deadline bmc_deadline(const Services& services) {
    return base::Deadline::after(services.clock, services.options.bmc_timeout);
}

base::Result<std::shared_ptr<bmc::Bmc>> bmc_of(const Node& node, const Services& services) {
    return services.bmcs.get(TRY(bmc_target(node, services.options)));
}

base::Result<void> power_off(bmc::Bmc& bmc, PowerOffPolicy policy, const Services& services) {
    if (policy == PowerOffPolicy::Leave) {
        return {};
    }
    if (policy == PowerOffPolicy::Soft) {
        const auto half = base::Deadline::after(services.clock, services.options.bmc_timeout / 2);
        auto obeyed = bmc.set_power(bmc::PowerAction::SoftOff, half);
        if (obeyed.ok()) {
            return {};
        }
        if (obeyed.error().kind != base::ErrorKind::Timeout && obeyed.error().kind != base::ErrorKind::Unsupported) {
            return obeyed;
        }
    }
    return bmc.set_power(bmc::PowerAction::ForceOff, bmc_deadline(services));
}

Outcome reach_bmc(StepContext& context, const Services& services) {
    if (context.operation.kind == OperationKind::Adopt) {
        return Outcome::done("adopted as it is");
    }
    if (auto reached = reach(context, services); !reached.ok()) {
        return Outcome::failed(std::move(reached).error());
    }
    return Outcome::done();
}

Outcome finish(StepContext&, const Services&) {
    return Outcome::done();
}

Outcome change_power(StepContext& context, const Services& services) {
    const std::string target = context.operation.detail.value("target", "");
    auto changed = [&]() -> base::Result<void> {
        const auto bmc = TRY(bmc_of(context.node, services));
        TRY(apply_power_target(*bmc, target, context, services));
        const auto power = TRY(bmc->power(bmc_deadline(services)));
        context.node.power_state = power == bmc::Power::Unknown ? "" : std::string(bmc::to_string(power));
        return {};
    }();
    if (!changed.ok()) {
        return Outcome::failed(std::move(changed).error().with_context("changing power to '" + target + "'"));
    }
    return Outcome::done();
}

}  // namespace isolde::conductor
