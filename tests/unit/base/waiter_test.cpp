// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/waiter.h"
#include "base/testing/advancing_waiter.h"

#include <gtest/gtest.h>
#include <thread>

namespace isolde::base {
namespace {

using namespace std::chrono_literals;

TEST(SystemWaiter, WaitsForTheWholeDuration) {
    SystemWaiter waiter;
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_TRUE(waiter.wait(20ms, {}));
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 20ms);
}

TEST(SystemWaiter, ReturnsAtOnceWhenStopIsRequested) {
    SystemWaiter waiter;
    std::stop_source source;
    std::jthread stopper([&source] { source.request_stop(); });
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_FALSE(waiter.wait(60s, source.get_token()));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 30s);
}

TEST(AdvancingWaiter, MovesTheClockInsteadOfSleeping) {
    testing::ManualClock clock;
    testing::AdvancingWaiter waiter(clock);
    const auto begin = clock.steady();
    EXPECT_TRUE(waiter.wait(1h, {}));
    EXPECT_EQ(clock.steady() - begin, 1h);
}

}  // namespace
}  // namespace isolde::base
