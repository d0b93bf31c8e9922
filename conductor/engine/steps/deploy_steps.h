// SPDX-License-Identifier: GPL-3.0-or-later
//
// The steps of a deployment, from the fields to a booted host and, for one-shot nodes, to the released medium.
#pragma once

#include "conductor/engine/steps/step.h"

namespace isolde::conductor {

/// Reads the fields and, for a second medium, which slots the BMC has: the slots are chosen here, before any download.
Outcome admit(StepContext& context, const Services& services);
/// Waits (without a thread) for the base image in the cache, leased to the deployment.
Outcome acquire_image(StepContext& context, const Services& services);
Outcome compose_image(StepContext& context, const Services& services);
Outcome publish_image(StepContext& context, const Services& services);
Outcome power_off_for_deploy(StepContext& context, const Services& services);
/// Chooses the slot, unless that was done, and ejects whatever is in the slots that are needed: the only place where a
/// medium that is not ours is ejected.
Outcome empty_the_slot(StepContext& context, const Services& services);
Outcome insert_medium(StepContext& context, const Services& services);
Outcome verify_medium(StepContext& context, const Services& services);
Outcome set_boot_override(StepContext& context, const Services& services);
/// Sends one power-on per deployment: the intention is durable before it is sent, and after a kill the power state
/// decides whether it was.
Outcome power_on_once(StepContext& context, const Services& services);
/// Waits for the evidence that `[deploy] active_when` asks for, boot_timeout at most.
Outcome see_boot(StepContext& context, const Services& services);
/// The node is active: follows the evidence; ends when a one-shot medium may be released.
Outcome watch(StepContext& context, const Services& services);
Outcome release_eject(StepContext& context, const Services& services);
Outcome release_revoke(StepContext& context, const Services& services);

}  // namespace isolde::conductor
