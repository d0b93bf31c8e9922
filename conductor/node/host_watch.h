// SPDX-License-Identifier: GPL-3.0-or-later
//
// What follows from looking at a booted host again and again: did it restart, and did it load from the medium after
// that? Pure. A restart that no BMC tells of (neither LastResetTime nor BootProgress) is not seen.
#pragma once

#include "base/clock.h"
#include "base/json.h"
#include "conductor/node/deployment.h"

#include <optional>
#include <string>

namespace isolde::conductor {

/// One look at a host that is on.
struct HostLook {
    base::WallTime at;
    std::optional<base::WallTime> last_reset;  ///< by the BMC's own clock: only compared with each other
    std::string boot_progress;                 ///< BootProgress.LastState; empty where the BMC has none
};

/// A restart that is followed until the host loads from the medium, or has had time enough to.
struct Restart {
    base::WallTime not_before;  ///< of the last look before it
    base::WallTime noticed;
};

/// What is kept between looks.
struct HostWatch {
    HostLook last;
    std::optional<Restart> restart;
};
base::Json to_json(const HostWatch& watch);
/// Errors: InvalidArgument naming the member.
base::Result<HostWatch> host_watch_from_json(const base::Json& value);

/// True when the host began to boot between the looks: its LastResetTime moved on by more than a BMC's rounding, or
/// BootProgress went back to a state of the POST.
bool shows_restart(const HostLook& before, const HostLook& now);

struct HostVerdict {
    enum class Kind {
        SameBoot,
        Restarted,    ///< seen just now
        Waiting,      ///< after a restart: it may still load from the medium
        LoadedAgain,  ///< the boot loader was read after the restart: that is the boot which is watched from now on
        Left,         ///< restarted, and for `patience` neither the boot loader nor anything else was read
    };
    Kind kind = Kind::SameBoot;
    HostWatch watch;
};

/// `before`: nothing at the first look. Reads of an opaque reader tell nothing, so it is never said to have left.
HostVerdict look_again(const std::optional<HostWatch>& before, const HostLook& now, const Evidence& evidence,
                       base::Duration patience);

}  // namespace isolde::conductor
