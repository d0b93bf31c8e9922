// SPDX-License-Identifier: GPL-3.0-or-later
//
// Repeatable randomness for tests: the same seed gives the same bytes.
#pragma once

#include "base/mutex.h"
#include "base/random.h"

#include <random>

namespace isolde::base::testing {

/// Thread-safe.
class SeededRandom final : public Random {
  public:
    explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
    void fill(std::span<std::byte> out) override {
        Lock lock(mutex_);
        for (auto& byte : out) {
            byte = static_cast<std::byte>(engine_() & 0xff);
        }
    }

  private:
    Mutex mutex_;
    std::mt19937_64 engine_ ISOLDE_GUARDED_BY(mutex_);
};

}  // namespace isolde::base::testing
