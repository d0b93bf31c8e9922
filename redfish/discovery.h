// SPDX-License-Identifier: GPL-3.0-or-later
//
// Where things are, found by following links from the service root: the system that is meant, its managers, and every
// virtual-media slot of both. No path is ever built, but for a last look at the two places where some BMCs keep slots
// that they do not declare.
#pragma once

#include "redfish/service.h"

#include <string>
#include <vector>

namespace isolde::redfish {

struct FoundSystem {
    Resource resource;
    ComputerSystem system;
};

/// `wanted`: a path, Id, UUID or serial number; empty: the only one, or the only one that can be reset when there are
/// several. An empty collection is asked for again for up to two minutes: iDRAC empties it while it restarts.
/// Errors: Unsupported naming the systems when none or several fit.
base::Result<FoundSystem> find_system(Service& service, const std::string& wanted, ServiceCollaborators with,
                                      base::Deadline deadline);

/// Those that the system names, then all others.
base::Result<std::vector<Manager>> find_managers(Service& service, const ComputerSystem& system,
                                                 base::Deadline deadline);

struct FoundSlot {
    Resource resource;
    VirtualMedia media;
    bool of_system = false;  ///< listed by the system, not only by a manager
};

/// Every slot once, the system's first. Slots that cannot be read (404, 5xx) are left out. Errors: those of reading a
/// collection only when nothing was found at all.
base::Result<std::vector<FoundSlot>> find_slots(Service& service, const ComputerSystem& system,
                                                const std::vector<Manager>& managers, base::Deadline deadline);

}  // namespace isolde::redfish
