// SPDX-License-Identifier: GPL-3.0-or-later
//
// One BMC's service without a socket, with a clock that the test moves.
#pragma once

#include "base/testing/manual_clock.h"
#include "base/testing/seeded_random.h"
#include "redfish/emulator/service.h"

#include <gtest/gtest.h>
#include <string>

namespace isolde::emulator::testing {

inline const std::string kSystem = "/redfish/v1/Systems/1";
inline const std::string kSlot = kSystem + "/VirtualMedia/CD1";
inline const std::string kInsert = kSlot + "/Actions/VirtualMedia.InsertMedia";
inline const std::string kEject = kSlot + "/Actions/VirtualMedia.EjectMedia";
inline const std::string kReset = kSystem + "/Actions/ComputerSystem.Reset";

class ServiceTest : public ::testing::Test {
  protected:
    void SetUp() override { use_profile("generic"); }

    void use_profile(const std::string& name) {
        const Profile& profile = *find_profile(name);
        std::vector<System> systems;
        for (const std::string id : {"1", "2"}) {
            systems.push_back({id, "00000000-0000-5000-8000-00000000000" + id, "SERIAL" + id,
                               Machine({profile.slots, profile.boot_order, profile.timing, BootMode::Uefi, true}), ""});
        }
        service_ = std::make_unique<RedfishService>(
            profile, profile.timing,
            ServiceIdentity{"11111111-0000-5000-8000-000000000000", clock_.wall(), clock_.steady()},
            Sessions({"admin", base::Secret("password")}, 2, profile.timing.session_timeout, random_),
            std::move(systems));
    }

    Reply send(const std::string& method, const std::string& path, const std::string& body = "",
               http::Headers headers = {{"Authorization", "Basic YWRtaW46cGFzc3dvcmQ="}}) {
        if (!body.empty()) {
            headers.add("Content-Type", "application/json");
        }
        return service_->serve({method, path, body, headers}, clock_.steady());
    }
    base::Json get(const std::string& path) {
        Reply reply = send("GET", path);
        EXPECT_EQ(reply.status, 200) << path;
        return reply.body.value_or(base::Json());
    }
    std::string message_of(const Reply& reply) {
        return reply.body ? (*reply.body)["error"]["@Message.ExtendedInfo"][0]["MessageId"].get<std::string>() : "";
    }
    std::string power() { return get(kSystem)["PowerState"]; }
    Reply reset(const std::string& type) { return send("POST", kReset, R"({"ResetType":")" + type + R"("})"); }

    base::testing::ManualClock clock_;
    base::testing::SeededRandom random_{1};
    std::unique_ptr<RedfishService> service_;
};

}  // namespace isolde::emulator::testing
