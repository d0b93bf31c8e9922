// SPDX-License-Identifier: GPL-3.0-or-later
//
// The steps of operations that need no image: reaching a BMC, changing power, and the ones that only pass.
#pragma once

#include "conductor/engine/steps/step.h"

namespace isolde::conductor {

/// Verify, Inspect: probes the BMC, notes what it is, and cleans what an earlier owner left behind in it. Adopt: makes
/// no BMC request.
Outcome reach_bmc(StepContext& context, const Services& services);
Outcome finish(StepContext& context, const Services& services);
/// `operation.detail["target"]`: one of Ironic's power targets.
Outcome change_power(StepContext& context, const Services& services);

/// Off as the policy says: soft falls back to hard when the host does not obey in half of the time.
base::Result<void> power_off(bmc::Bmc& bmc, PowerOffPolicy policy, const Services& services);
base::Result<std::shared_ptr<bmc::Bmc>> bmc_of(const Node& node, const Services& services);
base::Deadline bmc_deadline(const Services& services);

}  // namespace isolde::conductor
