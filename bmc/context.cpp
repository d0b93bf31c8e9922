// SPDX-License-Identifier: GPL-3.0-or-later
#include "bmc/context.h"

namespace isolde::bmc {

base::Result<void> Context::wait(base::Duration duration, base::Deadline deadline) const {
    if (duration >= deadline.remaining(with.clock)) return base::timed_out(address() + ": no time was left to wait");
    if (!with.waiter.wait(duration, with.stop)) return base::cancelled(address() + ": stopping");
    return {};
}

}  // namespace isolde::bmc
