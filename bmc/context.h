// SPDX-License-Identifier: GPL-3.0-or-later
//
// What every operation on a Redfish BMC has at hand, and the one way to wait for something to show.
#pragma once

#include "base/clock.h"
#include "base/waiter.h"
#include "redfish/service.h"

#include <algorithm>
#include <memory>

namespace isolde::bmc {

struct Context {
    std::shared_ptr<redfish::Service> service;
    redfish::ServiceCollaborators with;

    const std::string& address() const { return service->endpoint().origin(); }
    /// Errors: Timeout when `duration` is not left before `deadline`; Cancelled.
    base::Result<void> wait(base::Duration duration, base::Deadline deadline) const;
    base::Error refuse(const std::string& method, const std::string& path, const redfish::Answer& answer) const {
        return service->refuse(method, path, answer);
    }
};

/// Calls `look` (→ Result<bool>) at once and then at growing intervals of 250 ms to 2 s until it gives true; false at
/// the deadline. A look that fails for now (Unavailable, Timeout) is one that did not see it; others end the polling.
template <typename Look>
base::Result<bool> poll_until(const Context& context, base::Deadline deadline, Look look) {
    using namespace std::chrono_literals;
    base::Duration pause = 250ms;
    for (;;) {
        auto seen = look();
        if (!seen.ok() && !base::is_retryable(seen.error().kind)) return seen;
        if (seen.ok() && *seen) return true;
        if (pause >= deadline.remaining(context.with.clock)) {
            if (!seen.ok()) return seen;
            return false;
        }
        TRY(context.wait(pause, deadline));
        pause = std::min<base::Duration>(pause * 2, 2s);
    }
}

/// A failure after which the BMC may have done what was asked: the state must be read before anything is repeated.
inline bool is_ambiguous(const base::Error& error) {
    return error.kind == base::ErrorKind::Unavailable || error.kind == base::ErrorKind::Timeout ||
           error.kind == base::ErrorKind::Corrupt;
}

}  // namespace isolde::bmc
