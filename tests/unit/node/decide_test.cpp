// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/node/decide.h"

#include <gtest/gtest.h>

namespace isolde::conductor {
namespace {

using namespace std::chrono_literals;
using Kind = Decision::Kind;

const base::WallTime kNow(std::chrono::seconds(1'800'000'000));

Decision after(OperationKind kind, Step step, const Outcome& outcome, int attempts = 1, bool background = false) {
    return decide(kind, step, attempts, background, outcome, RetryPolicy{}, kNow);
}

TEST(Decide, ADeploymentWalksItsStepsInOrder) {
    const std::vector<Step> order{Step::Admit,    Step::Acquire, Step::Compose,      Step::Publish,      Step::PowerOff,
                                  Step::EjectOld, Step::Insert,  Step::Verify,       Step::BootOnce,     Step::PowerOn,
                                  Step::SeeBoot,  Step::Watch,   Step::ReleaseEject, Step::ReleaseRevoke};
    EXPECT_EQ(first_step(OperationKind::Deploy), order.front());
    for (std::size_t i = 0; i + 1 < order.size(); ++i) {
        const auto decision = after(OperationKind::Deploy, order[i], Outcome::done());
        EXPECT_EQ(decision.kind, Kind::Continue) << to_string(order[i]);
        EXPECT_EQ(decision.step, order[i + 1]) << to_string(order[i]);
    }
    EXPECT_EQ(after(OperationKind::Deploy, order.back(), Outcome::done()).kind, Kind::End);
}

TEST(Decide, ThePowerIsOffBeforeTheMediumIsEjected) {
    EXPECT_EQ(first_step(OperationKind::Undeploy), Step::TakeDownPowerOff);
    EXPECT_EQ(after(OperationKind::Undeploy, Step::TakeDownPowerOff, Outcome::done()).step, Step::TakeDownEject);
    EXPECT_EQ(after(OperationKind::Undeploy, Step::TakeDownEject, Outcome::done()).step, Step::TakeDownOverride);
    EXPECT_EQ(after(OperationKind::Undeploy, Step::TakeDownOverride, Outcome::done()).step, Step::TakeDownRevoke);
    EXPECT_EQ(after(OperationKind::Undeploy, Step::TakeDownRevoke, Outcome::done()).step, Step::TakeDownDrop);
}

TEST(Decide, WhatMayTakeMinutesIsShownAsWaitCallBack) {
    for (const Step step : {Step::Acquire, Step::SeeBoot}) {
        const auto decision = after(OperationKind::Deploy, step, Outcome::waiting(5s, "downloading"));
        EXPECT_EQ(decision.kind, Kind::Sleep);
        EXPECT_EQ(decision.state, ProvisionState::WaitCallBack);
        EXPECT_EQ(decision.wake_at, kNow + 5s);
    }
    EXPECT_EQ(after(OperationKind::Deploy, Step::Watch, Outcome::waiting(1h, "")).state, ProvisionState::Active);
    EXPECT_EQ(after(OperationKind::Deploy, Step::SeeBoot, Outcome::done()).state, ProvisionState::Active);
}

struct FailureRow {
    const char* name;
    OperationKind kind;
    Step step;
    base::Error error;
    int attempts;
    bool background;
    Kind decision;
    Step next;
    std::optional<ProvisionState> state;
};

TEST(Decide, FailuresAreRetriedTakenDownOrTold) {
    const auto lost = base::unavailable("no answer");
    const auto wrong = base::unauthorized("wrong password");
    const FailureRow rows[] = {
        {"a lost BMC is tried again",
         OperationKind::Deploy,
         Step::Insert,
         lost,
         1,
         false,
         Kind::Sleep,
         Step::Insert,
         {}},
        {"until it was tried often enough", OperationKind::Deploy, Step::Insert, lost, 4, false, Kind::TakeDown,
         Step::TakeDownPowerOff, ProvisionState::Deploying},
        {"a wrong password is not", OperationKind::Deploy, Step::PowerOff, wrong, 1, false, Kind::TakeDown,
         Step::TakeDownPowerOff, ProvisionState::Deploying},
        {"a failed download touches no BMC", OperationKind::Deploy, Step::Acquire, lost, 1, false, Kind::TakeDown,
         Step::TakeDownRevoke, ProvisionState::Deploying},
        {"a boot that was not seen", OperationKind::Deploy, Step::SeeBoot, base::timed_out("nothing read"), 1, false,
         Kind::TakeDown, Step::TakeDownPowerOff, ProvisionState::Deploying},
        {"a release waits for the BMC in the background",
         OperationKind::Deploy,
         Step::ReleaseEject,
         lost,
         4,
         false,
         Kind::Background,
         Step::ReleaseEject,
         {}},
        {"undeploy with a dead BMC is an error", OperationKind::Undeploy, Step::TakeDownPowerOff, lost, 4, false,
         Kind::Background, Step::TakeDownPowerOff, ProvisionState::Error},
        {"a failed deployment with a dead BMC", OperationKind::FailDeploy, Step::TakeDownEject, lost, 4, false,
         Kind::Background, Step::TakeDownEject, ProvisionState::DeployFailed},
        {"the background changes no state",
         OperationKind::Undeploy,
         Step::TakeDownPowerOff,
         lost,
         9,
         true,
         Kind::Background,
         Step::TakeDownPowerOff,
         {}},
        {"manage falls back to enroll", OperationKind::Verify, Step::Reach, wrong, 1, false, Kind::End, Step::Reach,
         ProvisionState::Enroll},
        {"a power change leaves the provision state",
         OperationKind::Power,
         Step::PowerChange,
         wrong,
         1,
         false,
         Kind::End,
         Step::PowerChange,
         {}},
    };
    for (const FailureRow& row : rows) {
        const auto decision = after(row.kind, row.step, Outcome::failed(row.error), row.attempts, row.background);
        EXPECT_EQ(decision.kind, row.decision) << row.name;
        EXPECT_EQ(decision.step, row.next) << row.name;
        EXPECT_EQ(decision.state, row.state) << row.name;
    }
}

TEST(RetryDelay, DoublesUpToItsLongest) {
    const RetryPolicy policy{4, 1s, 5min};
    EXPECT_EQ(retry_delay(policy, 1), 1s);
    EXPECT_EQ(retry_delay(policy, 4), 8s);
    EXPECT_EQ(retry_delay(policy, 1000), 5min);
}

struct ReleaseRow {
    const char* name;
    bool booted;
    bool one_shot;
    bool on_boot;
    std::optional<base::Duration> idle;
    HostSeen host;
    base::Duration age;
    const char* reason;  ///< null: kept
};

TEST(Release, NeedsEvidenceOrTheDeadline) {
    const ReleaseRow rows[] = {
        {"not one-shot", true, false, true, {}, HostSeen::Off, 48h, nullptr},
        {"booted from kernel and initrd alone", true, true, true, {}, HostSeen::Running, 1min, "boot"},
        {"silence alone releases nothing", true, true, false, {}, HostSeen::Running, 3h, nullptr},
        {"the host was seen off after the boot", true, true, false, {}, HostSeen::Off, 3h, "host off"},
        {"the host restarted and left the medium alone", true, true, false, {}, HostSeen::Left, 3h, "host restarted"},
        {"off before the boot means nothing", false, true, true, {}, HostSeen::Off, 3h, nullptr},
        {"idle as the deployment asked", true, true, false, 10min, HostSeen::Running, 3h, "idle"},
        {"the deadline", false, true, false, {}, HostSeen::Running, 24h, "deadline"},
    };
    for (const ReleaseRow& row : rows) {
        Evidence evidence;
        if (row.booted) {
            evidence.booted = evidence.last_read = kNow;
        }
        ReleaseRules rules;
        rules.one_shot = row.one_shot;
        rules.on_boot = row.on_boot;
        rules.idle = row.idle;
        const auto age = std::chrono::duration_cast<std::chrono::microseconds>(row.age);
        const auto reason = release_reason(evidence, rules, row.host, kNow, kNow + age);
        EXPECT_EQ(reason.value_or("(kept)"), row.reason == nullptr ? "(kept)" : row.reason) << row.name;
    }
}

}  // namespace
}  // namespace isolde::conductor
