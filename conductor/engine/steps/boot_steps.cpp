// SPDX-License-Identifier: GPL-3.0-or-later
//
// The steps of a deployment on the BMC, up to the power-on.
#include "conductor/engine/steps/deploy_steps.h"
#include "conductor/engine/steps/host_steps.h"
#include "conductor/engine/steps/take_down_steps.h"

namespace isolde::conductor {
namespace {

/// Runs one interaction with the node's BMC and turns its Result into an Outcome.
template <typename Act>
Outcome with_bmc(StepContext& context, const Services& services, std::string_view doing, Act act) {
    auto done = [&]() -> base::Result<void> {
        const auto bmc = TRY(bmc_of(context.node, services));
        return act(*bmc);
    }();
    if (!done.ok()) {
        return Outcome::failed(std::move(done).error().with_context(std::string(doing)));
    }
    return Outcome::done();
}

base::Result<void> eject_occupant(bmc::Bmc& bmc, const bmc::MediaSlot& slot, const std::string& our_url,
                                  StepContext& context, const Services& services) {
    if (!slot.inserted || shows_our_url(slot.image, our_url)) {
        return {};
    }
    TRY(bmc.eject(slot.id, bmc_deadline(services)));
    context.history.push_back(history_entry(services, context.node, "INFO", "media.ejected",
                                            "slot " + slot.name + " held another medium; it was ejected"));
    return {};
}

/// The one that was chosen at admission, where a second medium had to be placed beside it; else as the slots are now.
base::Result<bmc::MediaSlot> boot_slot_of(const Deployment& deployment, bmc::Bmc& bmc, const Services& services) {
    return deployment.second_media.empty() ? bmc.boot_slot(bmc_deadline(services))
                                           : bmc.slot(base::SlotId(deployment.slot), bmc_deadline(services));
}

base::Result<void> insert_one(bmc::Bmc& bmc, const Medium& medium, const Services& services) {
    const base::SlotId slot(medium.slot);
    auto inserted = bmc.insert(slot, medium.url, bmc_deadline(services));
    if (!inserted.ok() && inserted.error().kind == base::ErrorKind::Conflict) {
        // What occupies the slot may be ours, inserted before a kill, in a spelling of the BMC's own.
        const auto now = TRY(bmc.slot(slot, bmc_deadline(services)));
        inserted = now.inserted && shows_our_url(now.image, medium.url) ? base::Result<void>() : inserted;
    }
    return inserted;
}

base::Result<void> verify_one(bmc::Bmc& bmc, const Medium& medium, const Services& services) {
    const auto slot = TRY(bmc.slot(base::SlotId(medium.slot), bmc_deadline(services)));
    if (!slot.inserted || !shows_our_url(slot.image, medium.url)) {
        return base::unavailable("slot " + slot.name + " shows '" + slot.image +
                                 "' after the insert; the BMC dropped the medium: check that it reaches " +
                                 medium.url.substr(0, medium.url.find("/m/")));
    }
    return {};
}

bmc::BootMode boot_mode_of(const std::string& text) {
    return text == "uefi" ? bmc::BootMode::Uefi : text == "bios" ? bmc::BootMode::Bios : bmc::BootMode::Unchanged;
}

base::Result<void> send_power_on(bmc::Bmc& bmc, StepContext& context, const Services& services) {
    Deployment& deployment = *context.deployment;
    const auto power = TRY(bmc.power(bmc_deadline(services)));
    if (deployment.reset_intended_at && power == bmc::Power::On) {
        return {};  // it was sent before a kill, and it worked
    }
    if (power == bmc::Power::On) {
        TRY(bmc.set_power(bmc::PowerAction::ForceOff, bmc_deadline(services)));
    }
    if (!deployment.reset_intended_at) {
        deployment.reset_intended_at = services.clock.wall();
        TRY(context.note());
    }
    services.media.mark_reset(base::PublicationToken(deployment.token), *deployment.reset_intended_at);
    return bmc.set_power(bmc::PowerAction::On, bmc_deadline(services));
}

}  // namespace

Outcome power_off_for_deploy(StepContext& context, const Services& services) {
    return with_bmc(context, services, "powering the host off", [&](bmc::Bmc& bmc) -> base::Result<void> {
        const auto policy =
            services.options.power_off == PowerOffPolicy::Soft ? PowerOffPolicy::Soft : PowerOffPolicy::Hard;
        TRY(power_off(bmc, policy, services));
        context.node.power_state = std::string(bmc::to_string(bmc::Power::Off));
        return {};
    });
}

Outcome empty_the_slot(StepContext& context, const Services& services) {
    return with_bmc(context, services, "emptying the virtual-media slot", [&](bmc::Bmc& bmc) -> base::Result<void> {
        TRY(drop_replaced(context, services));
        Deployment& deployment = *context.deployment;
        const bmc::MediaSlot slot = TRY(boot_slot_of(deployment, bmc, services));
        deployment.slot = slot.id.str();
        TRY(eject_occupant(bmc, slot, deployment.url, context, services));
        for (const Medium& medium : deployment.second_media) {
            const auto second = TRY(bmc.slot(base::SlotId(medium.slot), bmc_deadline(services)));
            TRY(eject_occupant(bmc, second, medium.url, context, services));
        }
        return {};
    });
}

Outcome insert_medium(StepContext& context, const Services& services) {
    return with_bmc(context, services, "inserting the virtual media", [&](bmc::Bmc& bmc) -> base::Result<void> {
        for (const Medium& medium : media_of(*context.deployment)) {
            TRY(insert_one(bmc, medium, services).with_context("the " + medium.role + " medium"));
        }
        context.deployment->evidence.inserted = services.clock.wall();
        return {};
    });
}

Outcome verify_medium(StepContext& context, const Services& services) {
    return with_bmc(context, services, "checking the virtual media", [&](bmc::Bmc& bmc) -> base::Result<void> {
        for (const Medium& medium : media_of(*context.deployment)) {
            TRY(verify_one(bmc, medium, services));
        }
        return {};
    });
}

Outcome set_boot_override(StepContext& context, const Services& services) {
    const auto fields =
        read_deployment_fields(context.deployment->fields, context.node.driver_info, services.options.deploy_defaults);
    if (!fields.ok()) {
        return Outcome::failed(fields.error());
    }
    const auto persistence = fields->boot_persistent ? bmc::BootPersistence::Persistent : bmc::BootPersistence::Once;
    return with_bmc(context, services, "setting the boot device", [&](bmc::Bmc& bmc) {
        return bmc.set_boot_override(bmc::BootDevice::Cd, persistence, boot_mode_of(fields->boot_mode),
                                     bmc_deadline(services));
    });
}

Outcome power_on_once(StepContext& context, const Services& services) {
    if (context.deployment->reset_done_at) {
        return Outcome::done();
    }
    auto outcome = with_bmc(context, services, "powering the host on", [&](bmc::Bmc& bmc) -> base::Result<void> {
        TRY(send_power_on(bmc, context, services));
        context.node.power_state = std::string(bmc::to_string(bmc::Power::On));
        return {};
    });
    if (outcome.kind == Outcome::Kind::Done) {
        context.deployment->reset_done_at = services.clock.wall();
    }
    return outcome;
}

}  // namespace isolde::conductor
