// SPDX-License-Identifier: GPL-3.0-or-later
//
// Waiting in virtual time: each wait moves the test's clock and returns at once.
#pragma once

#include "base/testing/manual_clock.h"
#include "base/waiter.h"

namespace isolde::base::testing {

/// Thread-safe.
class AdvancingWaiter final : public Waiter {
  public:
    explicit AdvancingWaiter(ManualClock& clock) : clock_(clock) {}

    bool wait(Duration duration, std::stop_token stop) override {
        if (stop.stop_requested()) return false;
        clock_.advance(duration);
        return !stop.stop_requested();
    }

  private:
    ManualClock& clock_;
};

}  // namespace isolde::base::testing
