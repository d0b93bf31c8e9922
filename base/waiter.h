// SPDX-License-Identifier: GPL-3.0-or-later
//
// Waiting as a collaborator. Code that polls something outside never sleeps by itself; it is given a `Waiter`. Tests
// give an AdvancingWaiter (base/testing/advancing_waiter.h), which moves a ManualClock and returns at once.
#pragma once

#include "base/clock.h"
#include "base/mutex.h"

#include <stop_token>

namespace isolde::base {

/// Thread-safe: many threads may wait at once.
class Waiter {
  public:
    virtual ~Waiter() = default;
    /// Returns true after `duration`, false as soon as `stop` is requested.
    virtual bool wait(Duration duration, std::stop_token stop) = 0;
};

/// Waits in real time.
class SystemWaiter final : public Waiter {
  public:
    bool wait(Duration duration, std::stop_token stop) override;

  private:
    Mutex mutex_;
    ConditionVariable stopped_;
};

}  // namespace isolde::base
