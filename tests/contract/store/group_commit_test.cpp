// SPDX-License-Identifier: GPL-3.0-or-later
#include "store_fixture.h"

#include <atomic>
#include <latch>
#include <set>
#include <thread>

namespace isolde::conductor {
namespace {

class StoreGroupCommit : public testing::StoreContract {
  protected:
    /// Runs `work(thread)` in `count` threads that start together.
    template <typename Work>
    void in_threads(int count, Work work) {
        std::latch start(count);
        std::vector<std::thread> threads;
        for (int t = 0; t < count; ++t) {
            threads.emplace_back([&, t] {
                start.arrive_and_wait();
                work(t);
            });
        }
        for (auto& thread : threads) thread.join();
    }
};
ISOLDE_TEST_EVERY_STORE(StoreGroupCommit);

TEST_P(StoreGroupCommit, MakesTheChangesOfManyThreadsDurableInFewTransactions) {
    constexpr int kThreads = 64;
    constexpr int kChanges = 10;
    const Node node = enroll("n1");
    const WriteStatistics before = store().write_statistics();
    in_threads(kThreads, [&](int t) {
        for (int i = 0; i < kChanges; ++i) {
            Change change;
            Node fresh = new_node(std::to_string(t) + "-" + std::to_string(i));
            change.node = fresh;
            change.new_node = true;
            ASSERT_TRUE(store().apply(change).ok());
            ASSERT_TRUE(store().node(fresh.id).ok()) << "what was applied can be read at once";
        }
    });
    const WriteStatistics after = store().write_statistics();
    const auto changes = after.changes - before.changes;
    const auto transactions = after.transactions - before.transactions;
    EXPECT_EQ(changes, static_cast<std::uint64_t>(kThreads * kChanges));
    EXPECT_LT(transactions * 2, changes) << "groups of more than two on average";
    RecordProperty("mean_group", std::to_string(static_cast<double>(changes) / static_cast<double>(transactions)));
    reopen();
    EXPECT_EQ(store().list_nodes({.limit = 10000})->size(), static_cast<std::size_t>(kThreads * kChanges + 1));
}

TEST_P(StoreGroupCommit, LetsAFailedGuardFailAlone) {
    constexpr int kThreads = 32;
    const Node contested = enroll("contested");
    std::atomic<int> won = 0;
    in_threads(kThreads, [&](int t) {
        Change own;
        own.node = new_node("own-" + std::to_string(t));
        own.new_node = true;
        Change both;
        both.node = contested;
        both.history = {{"h" + std::to_string(t), contested.id, now(), "INFO", "won", "t", "c"}};
        ASSERT_TRUE(store().apply(own).ok());
        const auto applied = store().apply(both);
        if (applied.ok()) {
            ++won;
        } else {
            EXPECT_EQ(applied.error().kind, base::ErrorKind::Conflict);
        }
    });
    EXPECT_EQ(won, 1);
    EXPECT_EQ(store().history(contested.id)->size(), 1U) << "nothing of a refused change is kept";
    EXPECT_EQ(store().node(contested.id)->version, 2);
    EXPECT_EQ(store().list_nodes({})->size(), static_cast<std::size_t>(kThreads + 1));
}

TEST_P(StoreGroupCommit, GivesEveryNodeAPlaceOfItsOwn) {
    in_threads(16, [&](int t) { enroll("n" + std::to_string(t)); });
    std::set<base::NodeId> seen;
    NodeFilter page{.limit = 1};
    for (auto nodes = store().list_nodes(page).value(); !nodes.empty(); nodes = store().list_nodes(page).value()) {
        EXPECT_TRUE(seen.insert(nodes.front().id).second);
        page.after = nodes.front().id;
    }
    EXPECT_EQ(seen.size(), 16U);
}

}  // namespace
}  // namespace isolde::conductor
