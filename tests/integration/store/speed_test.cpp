// SPDX-License-Identifier: GPL-3.0-or-later
//
// Measures the store on the file system of $TMPDIR and prints what it found. What is asserted are ratios that hold on
// any machine; the figures that count are those of the release build.
#include "base/files.h"
#include "base/random.h"
#include "base/testing/manual_clock.h"
#include "conductor/store/store.h"

#include <gtest/gtest.h>
#include <atomic>
#include <chrono>
#include <iostream>
#include <thread>

namespace isolde::conductor {
namespace {

using SteadyClock = std::chrono::steady_clock;

double seconds_since(SteadyClock::time_point begin) {
    return std::chrono::duration<double>(SteadyClock::now() - begin).count();
}

class StoreSpeed : public ::testing::Test {
  protected:
    Change enrolment() {
        Change change;
        change.node = Node{};
        change.node->id = base::NodeId(random_.uuid());
        change.node->driver_info = {{"redfish_address", "https://" + random_.token()}, {"redfish_password", "secret"}};
        change.new_node = true;
        change.begin_operation = Operation{};
        change.begin_operation->node = change.node->id;
        change.begin_operation->wake_at = clock_.wall() + std::chrono::seconds(random_.below(100));
        return change;
    }

    /// Durable enrolments a second, by `threads` threads.
    double enrolments_per_second(int threads, int each) {
        const auto begin = SteadyClock::now();
        std::vector<std::thread> running;
        for (int t = 0; t < threads; ++t) {
            running.emplace_back([&] {
                for (int i = 0; i < each; ++i) ASSERT_TRUE(store_->apply(enrolment()).ok());
            });
        }
        for (auto& thread : running) thread.join();
        return threads * each / seconds_since(begin);
    }

    base::SystemRandom random_;
    base::testing::ManualClock clock_;
    base::NullLog log_;
    base::TemporaryDirectory directory_ = base::TemporaryDirectory::create("store speed").value();
    std::unique_ptr<Sealer> sealer_ = make_sealer(base::Bytes(32), random_).value();
    std::unique_ptr<Store> store_ =
        open_sqlite_store({.path = directory_.path() + "/isolde.db"}, *sealer_, clock_, log_).value();
};

TEST_F(StoreSpeed, OfDurableChangesAloneAndInGroups) {
    const double alone = enrolments_per_second(1, 100);
    const WriteStatistics before = store_->write_statistics();
    const double together = enrolments_per_second(64, 40);
    const WriteStatistics after = store_->write_statistics();
    const double group = static_cast<double>(after.changes - before.changes) /
                         static_cast<double>(after.transactions - before.transactions);
    std::cout << "durable changes/s: 1 thread " << alone << ", 64 threads " << together << ", mean group " << group
              << "\n";
    EXPECT_GT(together, alone);
    EXPECT_GT(group, 2);
}

TEST_F(StoreSpeed, OfDueOperationsAmongTenThousandNodes) {
    enrolments_per_second(100, 100);
    clock_.advance(std::chrono::seconds(50));
    constexpr int kRepeats = 20;
    const auto read = [&](base::WallTime now, std::size_t limit) {
        const auto begin = SteadyClock::now();
        for (int i = 0; i < kRepeats; ++i) EXPECT_LE(store_->due_operations(now, limit)->size(), limit);
        return seconds_since(begin) / kRepeats * 1000;
    };
    const double none = read(clock_.wall() - std::chrono::hours(1), 64);
    const double some = read(clock_.wall(), 64);
    const double all = read(clock_.wall() + std::chrono::hours(1), 10'000);
    std::cout << "due_operations of 10000: none due " << none << " ms, 64 of them " << some << " ms, all " << all
              << " ms\n";
    EXPECT_LT(none, all) << "what is not due is not read";
    EXPECT_LT(some, all);

    const auto begin = SteadyClock::now();
    EXPECT_EQ(store_->list_nodes({.limit = 10'000})->size(), 10'000U);
    std::cout << "list_nodes of 10000: " << seconds_since(begin) * 1000 << " ms\n";
}

}  // namespace
}  // namespace isolde::conductor
