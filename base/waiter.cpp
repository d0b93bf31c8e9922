// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/waiter.h"

namespace isolde::base {

bool SystemWaiter::wait(Duration duration, std::stop_token stop) {
    const SteadyTime end = std::chrono::steady_clock::now() + duration;
    Lock lock(mutex_);
    while (!stop.stop_requested() && std::chrono::steady_clock::now() < end) {
        // The predicate is never true: only the stop token or the end of the time ends this wait.
        stopped_.wait_until(mutex_, stop, end, [] { return false; });
    }
    return !stop.stop_requested();
}

}  // namespace isolde::base
