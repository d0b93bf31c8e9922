// SPDX-License-Identifier: GPL-3.0-or-later
#include "redfish/emulator/executor.h"

#include <gtest/gtest.h>
#include <atomic>
#include <mutex>
#include <vector>

namespace isolde::emulator {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

base::SteadyTime in(base::Duration time) {
    return std::chrono::steady_clock::now() + time;
}

void await(const std::atomic<int>& count, int wanted) {
    const auto end = in(std::chrono::seconds(20));
    while (count < wanted && std::chrono::steady_clock::now() < end) {
        std::this_thread::yield();
    }
    EXPECT_EQ(count, wanted);
}

/// Several threads wait for the same task; one takes it and the others must not look at it any more. The address
/// sanitizer sees it when they do.
TEST(Executor, RunsEveryTimedTaskOnceWhileManyThreadsWaitForIt) {
    Executor executor(4);
    std::atomic<int> ran{0};
    for (int round = 1; round <= 300; ++round) {
        executor.at(in(microseconds(500)), [&ran] { ++ran; });
        await(ran, round);
    }
}

TEST(Executor, RunsTasksByTheirTimeAndEqualOnesInOrder) {
    Executor executor(1);
    std::atomic<int> ran{0};
    std::mutex mutex;
    std::vector<int> order;
    const auto note = [&](int number) {
        return [&, number] {
            const std::lock_guard<std::mutex> lock(mutex);
            order.push_back(number);
            ++ran;
        };
    };
    const base::SteadyTime later = in(milliseconds(50));
    executor.at(later + milliseconds(20), note(3));
    executor.at(later, note(1));
    executor.at(later, note(2));
    executor.post(note(0));
    await(ran, 4);
    const std::lock_guard<std::mutex> lock(mutex);
    EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3}));
}

TEST(Executor, DropsWhatIsNotDueWhenItStops) {
    Executor executor(2);
    std::atomic<int> ran{0};
    executor.at(in(std::chrono::hours(1)), [&ran] { ++ran; });
    executor.stop();
    executor.post([&ran] { ++ran; });
    executor.stop();
    EXPECT_EQ(ran, 0);
}

}  // namespace
}  // namespace isolde::emulator
