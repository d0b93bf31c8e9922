// SPDX-License-Identifier: GPL-3.0-or-later
//
// A clock that stands still until the test moves it.
#pragma once

#include "base/clock.h"
#include "base/mutex.h"

namespace isolde::base::testing {

/// Thread-safe. Starts at 2026-01-01T00:00:00Z.
class ManualClock final : public Clock {
  public:
    WallTime wall() const override {
        Lock lock(mutex_);
        return WallTime(std::chrono::seconds(1767225600)) + std::chrono::duration_cast<std::chrono::microseconds>(elapsed_);
    }
    SteadyTime steady() const override {
        Lock lock(mutex_);
        return SteadyTime(std::chrono::hours(1)) + elapsed_;
    }
    void advance(Duration step) {
        Lock lock(mutex_);
        elapsed_ += step;
    }

  private:
    mutable Mutex mutex_;
    Duration elapsed_ ISOLDE_GUARDED_BY(mutex_){};
};

}  // namespace isolde::base::testing
