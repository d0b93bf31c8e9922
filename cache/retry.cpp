// SPDX-License-Identifier: GPL-3.0-or-later
#include "cache/retry.h"

#include <algorithm>

namespace isolde::cache {
namespace {

constexpr auto kFirstPause = std::chrono::milliseconds(500);
constexpr auto kLongestPause = std::chrono::milliseconds(30000);

}  // namespace

std::optional<base::Duration> RetryBudget::next(const base::Error& error, base::ByteCount received,
                                                base::Random& random) {
    if (!base::is_retryable(error.kind) || received.bytes() == 0) {
        return std::nullopt;
    }
    without_progress_ = received - last_received_ >= kProgress ? 1 : without_progress_ + 1;
    last_received_ = std::max(received, last_received_);
    if (++in_all_ > kInAll || without_progress_ > kWithoutProgress) {
        return std::nullopt;
    }
    const auto pause = std::min(kFirstPause * (1 << (without_progress_ - 1)), kLongestPause);
    const auto jitter = random.below(static_cast<std::uint64_t>(pause.count()) / 2);
    return pause + std::chrono::milliseconds(jitter);
}

}  // namespace isolde::cache
