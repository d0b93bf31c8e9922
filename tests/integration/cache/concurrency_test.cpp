// SPDX-License-Identifier: GPL-3.0-or-later
#include "cache_fixture.h"

#include <thread>

namespace isolde::cache {
namespace {

/// Random acquisitions, releases and evictions on a budget of a few images. That used + reserved stays within it is
/// checked by the inventory at each grant (it stops the process) and here by a thread that looks all the time.
TEST_F(CacheTest, TheBudgetHoldsUnderRandomConcurrentUse) {
    constexpr int kThreads = 6;
    constexpr int kRounds = 12;
    constexpr unsigned kImages = 8;
    options_.budget = base::mebibytes(3);
    serve([](const UpstreamRequest& request) {
        const unsigned seed = static_cast<unsigned>(request.target.at(1) - '0');
        UpstreamReply reply = serve_file(request, iso_bytes((1U << 19U) + seed * 50000U, seed), "\"v1\"");
        reply.announce_length = seed % 2 == 0;
        return reply;
    });
    open();
    std::atomic<bool> done = false;
    std::atomic<std::uint64_t> highest = 0;
    std::jthread auditor([&] {
        while (!done) {
            const Usage usage = store_->usage();
            highest = std::max(highest.load(), (usage.used + usage.reserved).bytes());
        }
    });
    std::atomic<int> acquired = 0;
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
        threads.emplace_back([&, t] {
            base::testing::SeededRandom random(static_cast<unsigned>(t));
            for (int round = 0; round < kRounds; ++round) {
                const Lease lease{LeaseKind::Deployment, std::to_string(t)};
                const auto blob = store_->acquire({.url = upstream_->url("/" + std::to_string(random.below(kImages)))},
                                                  lease, {}, {});
                EXPECT_TRUE(blob.ok() || blob.error().kind == ErrorKind::Exhausted) << blob.error().to_string();
                acquired += blob.ok() ? 1 : 0;
                EXPECT_TRUE(store_->release(lease).ok());
                if (random.below(4) == 0) {
                    EXPECT_TRUE(store_->evict(base::ByteCount(random.below(1U << 20U)), false).ok());
                }
            }
        });
    }
    threads.clear();
    done = true;
    auditor.join();
    EXPECT_LE(highest, options_.budget.bytes());
    EXPECT_GT(highest, 1U << 20U);
    EXPECT_GT(acquired, kThreads * kRounds / 2);
    expect_clean(store_->list().size());
}

}  // namespace
}  // namespace isolde::cache
