// SPDX-License-Identifier: GPL-3.0-or-later
#include "cache/budget.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace isolde::cache {
namespace {

using base::ByteCount;

struct Row {
    const char* name;
    std::uint64_t used, evictable, reserved, written, free, wanted, held;
    SpaceVerdict verdict;
    std::uint64_t to_evict = 0;
};

constexpr Row kRows[] = {
    {"empty", 0, 0, 0, 0, 1000, 50, 0, SpaceVerdict::Grant},
    {"to the last byte of the budget", 50, 0, 0, 0, 1000, 50, 0, SpaceVerdict::Grant},
    {"one byte more, nothing to evict", 51, 0, 0, 0, 1000, 50, 0, SpaceVerdict::Wait},
    {"one byte more, evictable", 51, 51, 0, 0, 1000, 50, 0, SpaceVerdict::Evict, 1},
    {"reservations count", 20, 0, 40, 0, 1000, 50, 0, SpaceVerdict::Wait},
    {"what is held already is not counted twice", 20, 0, 40, 0, 1000, 80, 40, SpaceVerdict::Grant},
    {"larger than the budget", 0, 0, 0, 0, 1000, 101, 0, SpaceVerdict::Never},
    {"larger than max_image", 0, 0, 0, 0, 1000, 91, 0, SpaceVerdict::Never},
    {"disk at the floor", 0, 0, 0, 0, 10, 1, 0, SpaceVerdict::Never},
    {"disk below the floor after eviction", 60, 60, 0, 0, 10, 50, 0, SpaceVerdict::Evict, 50},
    {"floor broken by others", 60, 60, 0, 0, 5, 50, 0, SpaceVerdict::Evict, 55},
    {"promised but unwritten bytes are not free", 0, 0, 30, 10, 50, 30, 0, SpaceVerdict::Wait},
    {"written bytes are gone from the free ones", 0, 0, 30, 30, 50, 30, 0, SpaceVerdict::Grant},
    {"budget was lowered below what is used", 120, 40, 0, 0, 1000, 10, 0, SpaceVerdict::Evict, 30},
    {"never, even if all of ours were gone", 20, 20, 0, 0, 20, 50, 0, SpaceVerdict::Never},
    {"nothing more is always granted", 120, 0, 30, 0, 0, 30, 30, SpaceVerdict::Grant},
};

TEST(Budget, DecidesByNamedRows) {
    const SpaceLimits limits{.budget = ByteCount(100), .min_free = ByteCount(10), .max_image = ByteCount(90)};
    for (const Row& row : kRows) {
        const auto decision = decide_space(limits,
                                           {.used = ByteCount(row.used),
                                            .evictable = ByteCount(row.evictable),
                                            .reserved = ByteCount(row.reserved),
                                            .written = ByteCount(row.written),
                                            .filesystem_free = ByteCount(row.free)},
                                           {.wanted = ByteCount(row.wanted), .held = ByteCount(row.held)});
        EXPECT_EQ(decision.verdict, row.verdict) << row.name << ": " << decision.reason;
        EXPECT_EQ(decision.to_evict.bytes(), row.to_evict) << row.name;
        EXPECT_EQ(decision.reason.empty(), row.verdict != SpaceVerdict::Never) << row.name;
    }
}

Blob blob(const char* hex, std::uint64_t size, int used, std::vector<Lease> leases) {
    return {.digest = base::Digest(base::DigestAlgorithm::Sha256, hex),
            .size = ByteCount(size),
            .last_used = base::WallTime(std::chrono::seconds(used)),
            .leases = std::move(leases)};
}

TEST(Budget, HoldersAreNamedByKindAndCountedOnce) {
    EXPECT_EQ(describe_holders({blob("a", 1U << 30U, 0, {})}), "");
    EXPECT_EQ(
        describe_holders(
            {blob("a", 1U << 20U, 0,
                  {{LeaseKind::Deployment, "1"}, {LeaseKind::Deployment, "2"}, {LeaseKind::Published, "t"}}),
             blob("b", 1U << 20U, 0, {{LeaseKind::Deployment, "1"}}), blob("c", 512, 0, {{LeaseKind::Pin, "p"}})}),
        "2.00 MiB held by 2 deployments, 512 B held by 1 pin");
}

TEST(Budget, VictimsAreTheLeastRecentlyUsedAndNoMoreThanNeeded) {
    const std::vector<Blob> blobs{blob("new", 10, 3, {}), blob("old", 10, 1, {}), blob("mid", 10, 2, {})};
    const auto digests = [&](std::uint64_t wanted) {
        std::vector<std::string> names;
        for (const Blob& victim : choose_victims(blobs, ByteCount(wanted))) {
            names.push_back(victim.digest.hex());
        }
        return names;
    };
    EXPECT_THAT(digests(0), ::testing::IsEmpty());
    EXPECT_THAT(digests(10), ::testing::ElementsAre("old"));
    EXPECT_THAT(digests(11), ::testing::ElementsAre("old", "mid"));
    EXPECT_THAT(digests(1000), ::testing::ElementsAre("old", "mid", "new"));
}

}  // namespace
}  // namespace isolde::cache
