// SPDX-License-Identifier: GPL-3.0-or-later
//
// Taking a deployment down, on undeploy and after a failure: power off, eject what is ours, override to Disabled,
// revoke, drop. Power-off comes before the eject of a medium that the host may be reading.
#pragma once

#include "conductor/engine/steps/step.h"

namespace isolde::conductor {

Outcome take_down_power(StepContext& context, const Services& services);
/// Ejects our media from their slots; other media and other slots are never touched.
Outcome take_down_eject(StepContext& context, const Services& services);
Outcome take_down_override(StepContext& context, const Services& services);
Outcome take_down_revoke(StepContext& context, const Services& services);
Outcome take_down_drop(StepContext& context, const Services& services);

/// Ejects each of `deployment`'s media whose slot shows it.
base::Result<void> eject_ours(const Deployment& deployment, const Node& node, const Services& services);
/// A rebuild replaces a deployment (`operation.detail["replaces"]`) whose medium may still be inserted: ejects, revokes
/// and ends it. Nothing to replace: success.
base::Result<void> drop_replaced(StepContext& context, const Services& services);
/// Revokes what the deployment has published.
void revoke_publications(StepContext& context, const Services& services);

}  // namespace isolde::conductor
