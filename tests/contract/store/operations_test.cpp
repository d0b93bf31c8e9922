// SPDX-License-Identifier: GPL-3.0-or-later
#include "store_fixture.h"

#include <atomic>
#include <thread>

namespace isolde::conductor {
namespace {

using base::ErrorKind;
using namespace std::chrono_literals;

class StoreOperations : public testing::StoreContract {
  protected:
    base::Result<Operation> claim(const Operation& seen, const std::string& owner, base::Duration lease = 60s) {
        return store().claim(seen, owner, now(), now() + std::chrono::duration_cast<std::chrono::microseconds>(lease));
    }
    base::Result<void> write(std::optional<Operation> Change::*how, const Operation& operation) {
        Change change;
        change.*how = operation;
        return store().apply(change);
    }
    Operation stored(const Operation& operation) {
        return store().operation(operation.node, operation.lane).value().value();
    }
};
ISOLDE_TEST_EVERY_STORE(StoreOperations);

TEST_P(StoreOperations, KeepEveryMember) {
    Operation operation = operation_of(enroll("n1"), now() + 5s);
    operation.lane = Lane::Power;
    operation.kind = OperationKind::Power;
    operation.step = Step::PowerChange;
    operation.deployment = base::DeploymentId("d1");
    operation.attempts = 3;
    operation.detail = {{"target", "power off"}};
    const Operation kept = begin(operation);
    EXPECT_EQ(kept.lane, Lane::Power);
    EXPECT_EQ(kept.kind, OperationKind::Power);
    EXPECT_EQ(kept.step, Step::PowerChange);
    EXPECT_EQ(kept.deployment, operation.deployment);
    EXPECT_EQ(kept.begun_at, operation.begun_at);
    EXPECT_EQ(kept.step_begun_at, operation.step_begun_at);
    EXPECT_EQ(kept.wake_at, operation.wake_at);
    EXPECT_EQ(kept.attempts, 3);
    EXPECT_EQ(kept.detail, operation.detail);
    EXPECT_EQ(kept.owner, "");
    EXPECT_FALSE(store().operation(operation.node, Lane::Provision)->has_value());
    EXPECT_EQ(store().all_operations()->size(), 1U);
}

TEST_P(StoreOperations, NeedTheirNode) {
    EXPECT_EQ(write(&Change::begin_operation, operation_of(new_node("x"), now())).error().kind, ErrorKind::NotFound);
}

TEST_P(StoreOperations, AreDueWhenFreeOrExpiredSoonestFirst) {
    const auto later = begin(operation_of(enroll("later"), now() + 1s));
    const auto second = begin(operation_of(enroll("second"), now()));
    const auto first = begin(operation_of(enroll("first"), now() - 1s));
    const auto held = begin(operation_of(enroll("held"), now() - 2s));
    ASSERT_TRUE(claim(held, "c1", 10s).ok());

    auto due = store().due_operations(now(), 10).value();
    ASSERT_EQ(due.size(), 2U);
    EXPECT_EQ(due[0].node, first.node);
    EXPECT_EQ(due[1].node, second.node);
    EXPECT_EQ(store().due_operations(now(), 1)->size(), 1U);
    EXPECT_EQ(store().due_operations(now() + 1s, 10)->size(), 3U);
    EXPECT_EQ(store().due_operations(now() + 10s, 10)->front().node, held.node) << "its lease has run out";
}

TEST_P(StoreOperations, AreClaimedByOneOnly) {
    const Operation seen = begin(operation_of(enroll("n1"), now()));
    const auto held = claim(seen, "c1");
    ASSERT_TRUE(held.ok());
    EXPECT_EQ(held->owner, "c1");
    EXPECT_EQ(held->lease_until, now() + 60s);
    EXPECT_GT(held->fence, seen.fence);
    EXPECT_EQ(claim(seen, "c2").error().kind, ErrorKind::Conflict);
    EXPECT_EQ(claim(*held, "c2").error().kind, ErrorKind::Conflict) << "the lease runs";
    clock_.advance(60s);
    const auto taken_over = claim(stored(seen), "c2");
    ASSERT_TRUE(taken_over.ok());
    EXPECT_GT(taken_over->fence, held->fence);
}

TEST_P(StoreOperations, AreClaimedAgainByTheirHolderWhoseEarlierRunCanThenWriteNothing) {
    const Operation lost = claim(begin(operation_of(enroll("n1"), now())), "c1").value();
    const auto again = claim(lost, "c1");
    ASSERT_TRUE(again.ok());
    EXPECT_GT(again->fence, lost.fence);
    EXPECT_EQ(write(&Change::update_operation, lost).error().kind, ErrorKind::Conflict);
    EXPECT_TRUE(write(&Change::update_operation, *again).ok());
}

TEST_P(StoreOperations, AreClaimedByOneOfManyThreads) {
    std::vector<Operation> seen;
    for (int i = 0; i < 20; ++i) seen.push_back(begin(operation_of(enroll("n" + std::to_string(i)), now())));
    std::atomic<int> won = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t) {
        threads.emplace_back([&, t] {
            for (const auto& operation : seen) won += claim(operation, "c" + std::to_string(t)).ok() ? 1 : 0;
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(won, 20);
}

TEST_P(StoreOperations, RefuseAWorkerThatLostItsLease) {
    const Operation first = claim(begin(operation_of(enroll("n1"), now())), "c1", 1s).value();
    clock_.advance(2s);
    const Operation second = claim(stored(first), "c2").value();
    for (auto how : {&Change::update_operation, &Change::note_operation, &Change::end_operation}) {
        EXPECT_EQ(write(how, first).error().kind, ErrorKind::Conflict);
    }
    EXPECT_EQ(stored(first).owner, "c2");
    EXPECT_TRUE(write(&Change::end_operation, second).ok());
}

TEST_P(StoreOperations, KeepTheLeaseWhenNotedAndFreeItWhenUpdated) {
    Operation held = claim(begin(operation_of(enroll("n1"), now())), "c1").value();
    held.step = Step::Insert;
    held.detail = {{"intent", true}};
    held.lease_until.reset();
    ASSERT_TRUE(write(&Change::note_operation, held).ok());
    EXPECT_EQ(stored(held).step, Step::Insert);
    EXPECT_EQ(stored(held).owner, "c1");
    EXPECT_EQ(stored(held).lease_until, now() + 60s);
    held.lease_until = now() + 90s;
    ASSERT_TRUE(write(&Change::note_operation, held).ok());
    EXPECT_EQ(stored(held).lease_until, now() + 90s) << "a note may renew the lease";

    held.attempts = 2;
    held.wake_at = now() + 5s;
    ASSERT_TRUE(write(&Change::update_operation, held).ok());
    EXPECT_EQ(stored(held).owner, "");
    EXPECT_FALSE(stored(held).lease_until.has_value());
    EXPECT_EQ(stored(held).attempts, 2);
    EXPECT_EQ(stored(held).wake_at, now() + 5s);
}

TEST_P(StoreOperations, AreGoneWhenEnded) {
    const Operation held = claim(begin(operation_of(enroll("n1"), now())), "c1").value();
    ASSERT_TRUE(write(&Change::end_operation, held).ok());
    EXPECT_FALSE(store().operation(held.node, held.lane)->has_value());
    EXPECT_TRUE(store().all_operations()->empty());
    EXPECT_TRUE(store().due_operations(now() + 1h, 10)->empty());
    for (auto how : {&Change::update_operation, &Change::note_operation, &Change::end_operation}) {
        EXPECT_EQ(write(how, held).error().kind, ErrorKind::Conflict);
    }
    EXPECT_EQ(claim(held, "c2").error().kind, ErrorKind::Conflict);
}

TEST_P(StoreOperations, NeverStartTheirFenceAgain) {
    const Node node = enroll("n1");
    const Operation stale = claim(begin(operation_of(node, now())), "c1", 1s).value();
    clock_.advance(2s);
    ASSERT_TRUE(write(&Change::end_operation, claim(stored(stale), "c2").value()).ok());

    const Operation next = begin(operation_of(node, now()));
    EXPECT_GT(next.fence, stale.fence);
    ASSERT_TRUE(claim(next, "c2").ok());
    EXPECT_EQ(write(&Change::update_operation, stale).error().kind, ErrorKind::Conflict);
}

TEST_P(StoreOperations, AreReplacedByANewOneInTheLane) {
    const Node node = enroll("n1");
    const Operation held = claim(begin(operation_of(node, now())), "c1").value();
    Operation undeploy = held;
    undeploy.kind = OperationKind::Undeploy;
    const Operation replaced = begin(undeploy);
    EXPECT_EQ(replaced.kind, OperationKind::Undeploy);
    EXPECT_EQ(replaced.fence, held.fence + 1);
    EXPECT_EQ(replaced.owner, "") << "whatever the operation showed, it begins free";
    EXPECT_EQ(write(&Change::update_operation, held).error().kind, ErrorKind::Conflict);
}

TEST_P(StoreOperations, EndAndBeginInOneChange) {
    const Operation held = claim(begin(operation_of(enroll("n1"), now())), "c1").value();
    Operation follow_up = held;
    follow_up.kind = OperationKind::FailDeploy;
    Change change;
    change.end_operation = held;
    change.begin_operation = follow_up;
    ASSERT_TRUE(store().apply(change).ok());
    EXPECT_EQ(stored(held).kind, OperationKind::FailDeploy);
}

TEST_P(StoreOperations, AreFreedForAConductorThatStartsAgain) {
    const Operation mine = claim(begin(operation_of(enroll("a"), now())), "c1").value();
    const Operation other = claim(begin(operation_of(enroll("b"), now())), "c2").value();
    reopen();
    ASSERT_TRUE(store().free_leases_of("c1").ok());
    ASSERT_TRUE(store().free_leases_of("").ok());
    EXPECT_EQ(stored(mine).owner, "");
    EXPECT_EQ(stored(other).owner, "c2");
    EXPECT_EQ(store().due_operations(now(), 10)->size(), 1U);
    EXPECT_EQ(write(&Change::update_operation, mine).error().kind, ErrorKind::Conflict);
}

TEST_P(StoreOperations, GoWithTheirNode) {
    const Operation held = claim(begin(operation_of(enroll("n1"), now())), "c1").value();
    Change change;
    change.delete_node = held.node;
    ASSERT_TRUE(store().apply(change).ok());
    EXPECT_TRUE(store().all_operations()->empty());
    EXPECT_EQ(write(&Change::update_operation, held).error().kind, ErrorKind::Conflict);
}

}  // namespace
}  // namespace isolde::conductor
