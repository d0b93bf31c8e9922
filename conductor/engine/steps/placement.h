// SPDX-License-Identifier: GPL-3.0-or-later
//
// Which medium of a deployment goes into which slot of the BMC. Pure.
#pragma once

#include "base/result.h"
#include "bmc/bmc.h"
#include "conductor/node/deployment.h"
#include "conductor/node/deployment_fields.h"

#include <string>
#include <vector>

namespace isolde::conductor {

struct Placement {
    std::string boot_slot;
    std::vector<Medium> second_media;
    std::string note;  ///< in words
};

/// Whether the deployment wants more than its boot image.
bool wants_second_media(const DeploymentFields& fields);

/// The boot image's slot first, then one for each of the others. A config drive that has none is left to be merged
/// where that was not ruled out. Errors: Unsupported naming the medium that has no slot, and the slots.
base::Result<Placement> place_media(const DeploymentFields& fields, std::vector<bmc::MediaSlot> slots);

/// Whether the deployment's config drive goes into its boot image: it has one, and no slot was chosen for it.
bool merges_config_drive(const Deployment& deployment, const DeploymentFields& fields);

}  // namespace isolde::conductor
