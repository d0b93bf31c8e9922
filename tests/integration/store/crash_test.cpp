// SPDX-License-Identifier: GPL-3.0-or-later
//
// A process that is killed in the middle of its writes: what it was told is durable is there, and every change is there
// whole or not at all.
#include "base/files.h"
#include "base/random.h"
#include "base/testing/manual_clock.h"
#include "conductor/store/store.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <csignal>
#include <thread>

namespace isolde::conductor {
namespace {

constexpr std::size_t kIdSize = 36;
constexpr int kThreads = 8;

std::unique_ptr<Sealer> fixed_sealer(base::Random& random) {
    return make_sealer(base::Bytes(32, std::byte{1}), random).value();
}

/// A node with an operation and a history entry: three tables that must agree.
Change change_in_three_tables(base::Random& random) {
    Change change;
    change.node = Node{};
    change.node->id = base::NodeId(random.uuid());
    change.new_node = true;
    change.begin_operation = Operation{};
    change.begin_operation->node = change.node->id;
    change.history = {{random.uuid(), change.node->id, {}, "INFO", "enrolled", "node.enrolled", "c1"}};
    return change;
}

/// The child: writes until it is killed, and reports the id of each change that is durable.
[[noreturn]] void write_for_ever(const std::string& path, int report) {
    base::SystemRandom random;
    base::testing::ManualClock clock;
    base::NullLog log;
    const auto sealer = fixed_sealer(random);
    const auto store = open_sqlite_store({.path = path}, *sealer, clock, log).value();
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
        threads.emplace_back([&] {
            for (;;) {
                const Change change = change_in_three_tables(random);
                if (!store->apply(change).ok()) ::_exit(1);
                const auto& id = change.node->id.str();
                if (::write(report, id.data(), id.size()) != static_cast<ssize_t>(id.size())) ::_exit(2);
            }
        });
    }
    for (auto& thread : threads) thread.join();
    ::_exit(3);
}

/// The ids reported until `enough`, when the child is killed, and those that were still in the pipe.
std::vector<base::NodeId> kill_after(pid_t child, int report, std::size_t enough) {
    std::vector<base::NodeId> ids;
    std::array<char, kIdSize> id{};
    std::size_t filled = 0;
    for (;;) {
        const ssize_t got = ::read(report, id.data() + filled, id.size() - filled);
        if (got <= 0) return ids;
        filled += static_cast<std::size_t>(got);
        if (filled < id.size()) continue;
        filled = 0;
        ids.emplace_back(std::string(id.data(), id.size()));
        if (ids.size() == enough) ::kill(child, SIGKILL);
    }
}

void expect_whole(const Store& store) {
    const auto nodes = store.list_nodes({.limit = 1'000'000}).value();
    for (const auto& node : nodes) {
        EXPECT_EQ(store.history(node.id)->size(), 1U);
        EXPECT_TRUE(store.operation(node.id, Lane::Provision)->has_value());
    }
    EXPECT_EQ(store.all_operations()->size(), nodes.size());
}

TEST(StoreCrash, LosesNothingThatWasDurableAndKeepsNoHalves) {
    const auto directory = base::TemporaryDirectory::create("crash").value();
    const std::string path = directory.path() + "/isolde.db";
    base::SystemRandom random;
    base::testing::ManualClock clock;
    base::NullLog log;
    const auto sealer = fixed_sealer(random);
    for (int round = 0; round < 5; ++round) {
        std::array<int, 2> pipe{};
        ASSERT_EQ(::pipe(pipe.data()), 0);
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) write_for_ever(path, pipe[1]);
        ::close(pipe[1]);
        const auto ids = kill_after(child, pipe[0], 30 + random.below(100));
        ::close(pipe[0]);
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself with " << WEXITSTATUS(status);
        const auto store = open_sqlite_store({.path = path}, *sealer, clock, log).value();
        for (const auto& id : ids) EXPECT_TRUE(store->node(id).ok()) << "lost " << id.str();
        expect_whole(*store);
    }
}

}  // namespace
}  // namespace isolde::conductor
