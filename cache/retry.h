// SPDX-License-Identifier: GPL-3.0-or-later
//
// How often and how soon a download that died is gone on with. Pure but for the randomness that it is given.
#pragma once

#include "base/byte_count.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"

#include <optional>

namespace isolde::cache {

/// Of one download. Only a transfer that has delivered bytes is tried again: what fails at once is told at once.
class RetryBudget {
  public:
    static constexpr int kWithoutProgress = 5;  ///< attempts in a row that bring less than kProgress
    static constexpr int kInAll = 100;
    static constexpr base::ByteCount kProgress = base::mebibytes(1);

    /// The pause before the next attempt: 0.5 s doubling to 30 s, plus up to half of it at random, so that clients of a
    /// server that restarts do not return together. Nothing: give up. `received`: most bytes had at any time.
    std::optional<base::Duration> next(const base::Error& error, base::ByteCount received, base::Random& random);

  private:
    int in_all_ = 0;
    int without_progress_ = 0;
    base::ByteCount last_received_;
};

}  // namespace isolde::cache
