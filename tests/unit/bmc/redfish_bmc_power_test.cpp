// SPDX-License-Identifier: GPL-3.0-or-later
//
// The power of a host through services that misbehave as products do. All time is virtual.
#include "stub_service.h"

#include <gtest/gtest.h>

namespace isolde::bmc {
namespace {

class RedfishBmcPowerTest : public testing::Test {
  protected:
    Json& system() { return stub_.resources[StubService::kSystem]; }

    using Stub = StubService;
    StubService stub_;
};

TEST_F(RedfishBmcPowerTest, RepeatsOnWhileIdracRefusesItAfterOff) {
    int attempts = 0;
    stub_.on("POST", Stub::kReset, [this, &attempts](const http::ClientRequest& request) -> Stub::Response {
        if (++attempts < 3) return Stub::refuse(409, "Base.1.12.ActionParameterValueConflict");
        return stub_.reset(request);
    });
    EXPECT_DONE(stub_.bmc()->set_power(PowerAction::On, stub_.in(2min)));
    EXPECT_EQ(attempts, 3);
}

TEST_F(RedfishBmcPowerTest, ARefusalInTheWantedStateIsSuccess) {
    stub_.on("POST", Stub::kReset, [this](const auto&) {
        system()["PowerState"] = "On";
        return Stub::refuse(400, "iLO.2.14.InvalidOperationForSystemState", "Power is on");
    });
    EXPECT_DONE(stub_.bmc()->set_power(PowerAction::On, stub_.in(2min)));
    EXPECT_EQ(stub_.bodies("POST", Stub::kReset).size(), 1U);
}

TEST_F(RedfishBmcPowerTest, AsksAgainWhenAResetIsIgnored) {
    int attempts = 0;
    stub_.on("POST", Stub::kReset, [this, &attempts](const http::ClientRequest& request) -> Stub::Response {
        return ++attempts < 2 ? Stub::Response(Stub::respond(204)) : stub_.reset(request);
    });
    EXPECT_DONE(stub_.bmc()->set_power(PowerAction::On, stub_.in(2min)));
    EXPECT_EQ(attempts, 2);
}

TEST_F(RedfishBmcPowerTest, AStuckPowerIsATimeoutByTheDeadline) {
    system()["PowerState"] = "On";
    stub_.on("POST", Stub::kReset, [](const auto&) { return Stub::respond(204); });
    const auto deadline = stub_.in(100s);
    const auto result = stub_.bmc()->set_power(PowerAction::ForceOff, deadline);
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().kind, base::ErrorKind::Timeout);
    EXPECT_LE(stub_.clock.steady(), deadline.instant());
    for (const auto& body : stub_.bodies("POST", Stub::kReset)) {
        EXPECT_EQ(body, R"({"ResetType":"ForceOff"})") << "nothing that toggles or restarts may be sent";
    }
}

}  // namespace
}  // namespace isolde::bmc
