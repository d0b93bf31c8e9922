// SPDX-License-Identifier: GPL-3.0-or-later
//
// What requests may change: PATCH of a system and of a slot, Reset, InsertMedia, EjectMedia. Each checks everything
// before it changes anything, and names the property or parameter that it refuses.
#pragma once

#include "base/json.h"
#include "redfish/emulator/service.h"

#include <optional>
#include <string>

namespace isolde::emulator {

/// A refusal, or nothing when the change was made.
using Refusal = std::optional<Reply>;

Refusal patch_system(System& system, const Profile& profile, const base::Json& body);
Refusal patch_media(Slot& slot, const base::Json& body);
Refusal reset_system(System& system, const Profile& profile, const base::Json& body, base::SteadyTime now);
Refusal insert_media(Machine& machine, Slot& slot, const Profile& profile, const base::Json& body,
                     base::SteadyTime now);
Refusal eject_media(Machine& machine, Slot& slot, const base::Json& body, base::SteadyTime now);

}  // namespace isolde::emulator
