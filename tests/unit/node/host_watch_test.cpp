// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/node/host_watch.h"

#include <gtest/gtest.h>

namespace isolde::conductor {
namespace {

using namespace std::chrono_literals;
using Kind = HostVerdict::Kind;

constexpr base::WallTime kNow(std::chrono::seconds(1'800'000'000));
constexpr base::WallTime kReset(std::chrono::seconds(1'700'000'000));  // the BMC's clock is off by years
constexpr auto kPatience = 15min;

TEST(Restarts, AreSeenByResetTimeAndByBootProgressThatGoesBack) {
    struct Row {
        const char* name;
        HostLook before;
        HostLook now;
        bool restarted;
    };
    const Row rows[] = {
        {"nothing is told", {kNow, {}, ""}, {kNow + 5s, {}, ""}, false},
        {"the same reset", {kNow, kReset, "OSRunning"}, {kNow + 5s, kReset, "OSRunning"}, false},
        {"a BMC that rounds", {kNow, kReset, ""}, {kNow + 5s, kReset + 1s, ""}, false},
        {"a later reset", {kNow, kReset, ""}, {kNow + 5s, kReset + 10min, ""}, true},
        {"a later reset under a stale state",
         {kNow, kReset, "OSRunning"},
         {kNow + 5s, kReset + 10min, "OSRunning"},
         true},
        {"a reset time that came late", {kNow, {}, ""}, {kNow + 5s, kReset, ""}, false},
        {"a clock that was set back", {kNow, kReset, ""}, {kNow + 5s, kReset - 1h, ""}, false},
        {"the boot goes on", {kNow, {}, "OSBootStarted"}, {kNow + 5s, {}, "OSRunning"}, false},
        {"back to the POST", {kNow, {}, "OSRunning"}, {kNow + 5s, {}, "MemoryInitializationStarted"}, true},
        {"a BMC that is late", {kNow, {}, "OSRunning"}, {kNow + 5s, {}, "OSBootStarted"}, false},
        {"None tells nothing", {kNow, {}, "OSRunning"}, {kNow + 5s, {}, "None"}, false},
        {"a vendor's state tells nothing", {kNow, {}, "OSRunning"}, {kNow + 5s, {}, "OEM"}, false},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(shows_restart(row.before, row.now), row.restarted) << row.name;
    }
}

struct Sight {
    base::Duration at;
    const char* progress;
    std::optional<base::Duration> loader_read;  ///< when the loader was last read
    std::optional<base::Duration> read;         ///< when anything was last read
    Kind verdict;
};

base::WallTime after(base::Duration offset) {
    return kNow + std::chrono::duration_cast<std::chrono::microseconds>(offset);
}

std::optional<base::WallTime> after(const std::optional<base::Duration>& offset) {
    return offset ? std::optional(after(*offset)) : std::nullopt;
}

void expect_story(const char* name, std::initializer_list<Sight> story, bool opaque = false) {
    std::optional<HostWatch> watch;
    for (const Sight& sight : story) {
        Evidence evidence;
        evidence.loader_last_read = after(sight.loader_read);
        evidence.last_read = after(sight.read);
        evidence.opaque = opaque;
        const auto verdict = look_again(watch, {after(sight.at), {}, sight.progress}, evidence, kPatience);
        EXPECT_EQ(verdict.kind, sight.verdict)
            << name << " at " << std::chrono::duration_cast<std::chrono::seconds>(sight.at).count();
        watch = host_watch_from_json(to_json(verdict.watch)).value();
    }
}

TEST(HostWatch, TellsWhetherARestartLoadedFromTheMedium) {
    expect_story("installed, and boots from its disk",
                 {{0s, "OSRunning", -1min, -1s, Kind::SameBoot},
                  {1h, "OSRunning", -1min, 1h, Kind::SameBoot},
                  {1h + 5s, "BusInitializationStarted", -1min, 1h, Kind::Restarted},
                  {1h + 10s, "OSRunning", -1min, 1h, Kind::Waiting},
                  {1h + 5s + kPatience, "OSRunning", -1min, 1h, Kind::Left}});
    expect_story("reads a little when the new system looks at its drives",
                 {{0s, "OSRunning", -1min, -1s, Kind::SameBoot},
                  {5s, "BusInitializationStarted", -1min, -1s, Kind::Restarted},
                  {5s + kPatience, "OSRunning", -1min, 2min, Kind::Waiting},
                  {2min + kPatience, "OSRunning", -1min, 2min, Kind::Left}});
    expect_story("loads from it again", {{0s, "OSRunning", -1min, -1s, Kind::SameBoot},
                                         {5s, "BusInitializationStarted", -1min, -1s, Kind::Restarted},
                                         {90s, "OSBootStarted", 80s, 85s, Kind::LoadedAgain},
                                         {24h, "OSRunning", 80s, 85s, Kind::SameBoot}});
    expect_story("loaded before the restart was noticed",
                 {{0s, "OSRunning", -1min, -1s, Kind::SameBoot},
                  {90s, "SystemHardwareInitializationComplete", 80s, 85s, Kind::LoadedAgain}});
    expect_story("another restart begins the wait anew",
                 {{0s, "OSRunning", -1min, -1s, Kind::SameBoot},
                  {5s, "BusInitializationStarted", -1min, -1s, Kind::Restarted},
                  {10min, "OSRunning", -1min, -1s, Kind::Waiting},
                  {14min, "BusInitializationStarted", -1min, -1s, Kind::Restarted},
                  {16min, "OSRunning", -1min, -1s, Kind::Waiting},
                  {14min + kPatience, "OSRunning", -1min, -1s, Kind::Left}});
}

TEST(HostWatch, IsNotFooledByAStateBetweenThatTellsNothing) {
    expect_story("None while it resets", {{0s, "OSRunning", {}, {}, Kind::SameBoot},
                                          {5s, "None", {}, {}, Kind::SameBoot},
                                          {10s, "BusInitializationStarted", {}, {}, Kind::Restarted}});
}

TEST(HostWatch, NeverSaysOfAnOpaqueReaderThatItsHostLeft) {
    expect_story("the BMC has the whole image",
                 {{0s, "OSRunning", {}, {}, Kind::SameBoot},
                  {5s, "BusInitializationStarted", {}, {}, Kind::Restarted},
                  {24h, "OSRunning", {}, {}, Kind::Waiting}},
                 true);
}

}  // namespace
}  // namespace isolde::conductor
