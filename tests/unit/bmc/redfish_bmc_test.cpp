// SPDX-License-Identifier: GPL-3.0-or-later
//
// RedfishBmc against services that misbehave as products do. All time is virtual.
#include "stub_service.h"

#include <gtest/gtest.h>
#include <algorithm>
#include <atomic>
#include <thread>

namespace isolde::bmc {
namespace {

constexpr const char* kUrl = "http://192.0.2.1:6180/m/abc/boot.iso";
constexpr const char* kMinimal = R"({"Image":"http://192.0.2.1:6180/m/abc/boot.iso"})";

class RedfishBmcTest : public testing::Test {
  protected:
    base::Result<void> insert() { return stub_.bmc()->insert(slot_, kUrl, stub_.in(5min)); }
    base::Result<void> eject() { return stub_.bmc()->eject(slot_, stub_.in(5min)); }
    base::Result<void> boot_cd() {
        return stub_.bmc()->set_boot_override(BootDevice::Cd, BootPersistence::Once, BootMode::Unchanged,
                                              stub_.in(5min));
    }
    Json& slot() { return stub_.resources[StubService::kSlot]; }
    Json& system() { return stub_.resources[StubService::kSystem]; }
    void hold(const std::string& url) {
        slot()["Image"] = url;
        slot()["Inserted"] = true;
    }

    using Stub = StubService;
    StubService stub_;
    const base::SlotId slot_{StubService::kSlot};
};

TEST_F(RedfishBmcTest, InsertsWithTheImageAloneFirst) {
    EXPECT_DONE(insert());
    EXPECT_EQ(stub_.bodies("POST", Stub::kInsert), std::vector<std::string>{kMinimal});
}

TEST_F(RedfishBmcTest, AddsTheParameterThatIsAskedFor) {
    stub_.on("POST", Stub::kInsert, [this](const http::ClientRequest& request) -> Stub::Response {
        if (request.body->find("TransferProtocolType") == std::string::npos) {
            return Stub::refuse(400, "Base.1.5.PropertyMissing", "", {"TransferProtocolType"});
        }
        return stub_.insert(request);
    });
    EXPECT_DONE(insert());
    EXPECT_EQ(stub_.bodies("POST", Stub::kInsert).size(), 2U);
}

TEST_F(RedfishBmcTest, AsksForTheParametersOfTheActionOnceUntilItIsRefused) {
    constexpr const char* kInfo = "/redfish/v1/Systems/1/VirtualMedia/CD1/InsertMediaActionInfo";
    slot()["Actions"]["#VirtualMedia.InsertMedia"]["@Redfish.ActionInfo"] = kInfo;
    stub_.resources[kInfo] = {{"Parameters", {{{"Name", "Image"}, {"Required", true}}}}};
    const auto bmc = stub_.bmc();
    const auto inserts = [&] { return bmc->insert(slot_, kUrl, stub_.in(5min)); };
    EXPECT_DONE(inserts());
    EXPECT_DONE(bmc->eject(slot_, stub_.in(5min)));
    EXPECT_DONE(inserts());
    EXPECT_EQ(stub_.bodies("GET", kInfo).size(), 1U);

    EXPECT_DONE(bmc->eject(slot_, stub_.in(5min)));
    stub_.on("POST", Stub::kInsert, [](const auto&) { return Stub::refuse(400, "Base.1.5.ActionNotSupported", ""); });
    EXPECT_FALSE(inserts().ok());
    EXPECT_FALSE(inserts().ok());
    EXPECT_EQ(stub_.bodies("GET", kInfo).size(), 2U);
}

TEST_F(RedfishBmcTest, RefusesAtOnceWhenTheSchemeIsNotOffered) {
    slot()["Actions"]["#VirtualMedia.InsertMedia"]["TransferProtocolType@Redfish.AllowableValues"] = {"NFS", "HTTPS"};
    const auto result = insert();
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().kind, base::ErrorKind::Unsupported);
    EXPECT_NE(result.error().message.find("NFS, HTTPS"), std::string::npos);
    EXPECT_TRUE(stub_.bodies("POST", Stub::kInsert).empty());
}

TEST_F(RedfishBmcTest, WaitsUntilTheSlotShowsTheImage) {
    int reads = 0;
    stub_.on("POST", Stub::kInsert, [](const auto&) { return Stub::respond(204); });
    stub_.on("GET", Stub::kSlot, [this, &reads](const auto&) {
        if (++reads == 5) hold("http://192.0.2.1/m/abc/boot.iso");
        return Stub::respond(200, slot());
    });
    EXPECT_DONE(insert());
    EXPECT_EQ(reads, 5);
}

TEST_F(RedfishBmcTest, AnInsertionThatNeverShowsIsATimeoutThatSaysWhatShows) {
    stub_.on("POST", Stub::kInsert, [](const auto&) { return Stub::respond(200); });
    const auto result = insert();
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().kind, base::ErrorKind::Timeout);
    EXPECT_NE(result.error().message.find("Inserted is false"), std::string::npos);
    EXPECT_EQ(stub_.bodies("POST", Stub::kInsert).size(), 1U);
}

TEST_F(RedfishBmcTest, RepeatsAnInsertionWhileTheBmcIsStillEjecting) {
    int attempts = 0;
    stub_.on("POST", Stub::kInsert, [this, &attempts](const http::ClientRequest& request) -> Stub::Response {
        if (++attempts < 3) return Stub::refuse(500, "IDRAC.2.8.VRM0012", "Virtual Media devices are already in use.");
        return stub_.insert(request);
    });
    const auto begin = stub_.clock.steady();
    EXPECT_DONE(insert());
    EXPECT_EQ(stub_.clock.steady() - begin, 6s);
}

TEST_F(RedfishBmcTest, AnInsertionThatOvertookItsLostAnswerIsDone) {
    stub_.on("POST", Stub::kInsert, [this](const http::ClientRequest& request) -> Stub::Response {
        (void)stub_.insert(request);
        return base::timed_out("no answer");
    });
    EXPECT_DONE(insert());
    EXPECT_EQ(stub_.bodies("POST", Stub::kInsert).size(), 1U);
}

TEST_F(RedfishBmcTest, ALostAnswerWithoutEffectIsNotSentAgainBlindly) {
    stub_.on("POST", Stub::kInsert, [](const auto&) -> Stub::Response { return base::timed_out("no answer"); });
    const auto result = insert();
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().kind, base::ErrorKind::Timeout);
    EXPECT_EQ(stub_.bodies("POST", Stub::kInsert).size(), 1U);
}

TEST_F(RedfishBmcTest, ATaskThatFailsIsAnErrorInTheBmcsWords) {
    stub_.resources["/task"] = {{"TaskState", "Exception"},
                                {"Messages", {{"MessageId", "X.1.FetchFailed"}, {"Message", "cannot fetch it"}}}};
    stub_.on("POST", Stub::kInsert, [](const auto&) { return Stub::respond(202, nullptr, {{"Location", "/task"}}); });
    const auto result = insert();
    ASSERT_FALSE(result.ok());
    EXPECT_NE(result.error().message.find("cannot fetch it"), std::string::npos);
}

TEST_F(RedfishBmcTest, AFetchErrorStopsTheLadderAtOnce) {
    stub_.on("POST", Stub::kInsert, [](const auto&) {
        return Stub::refuse(400, "IDRAC.2.8.RAC0720", "Unable to locate the ISO or IMG image file or folder.");
    });
    const auto result = insert();
    ASSERT_FALSE(result.ok());
    EXPECT_NE(result.error().message.find("RAC0720"), std::string::npos);
    EXPECT_EQ(stub_.bodies("POST", Stub::kInsert).size(), 1U);
}

TEST_F(RedfishBmcTest, AMissingLicenceIsSaidSo) {
    stub_.on("POST", Stub::kInsert, [](const auto&) {
        return Stub::refuse(403, "SMC.1.0.OemLicenseNotPassed", "Not licensed to perform this request.");
    });
    const auto result = insert();
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().kind, base::ErrorKind::Unsupported);
    EXPECT_NE(result.error().message.find("lacks a licence"), std::string::npos);
}

TEST_F(RedfishBmcTest, InsertsByPatchWhereThereIsNoActionWithTheEtagFormThatWorks) {
    stub_.take_actions_away();
    std::vector<std::string> tags;
    stub_.on("GET", Stub::kSlot, [this](const auto&) { return Stub::respond(200, slot(), {{"ETag", "\"17\""}}); });
    stub_.on("PATCH", Stub::kSlot, [this, &tags](const http::ClientRequest& request) {
        tags.push_back(request.headers.find("If-Match").value_or("-"));
        if (tags.back() != "17") return Stub::respond(412);
        slot().merge_patch(Json::parse(*request.body));
        return Stub::respond(200);
    });
    EXPECT_DONE(insert());
    EXPECT_EQ(tags, (std::vector<std::string>{"\"17\"", "\"17\"", "17"}));
    EXPECT_EQ(stub_.bodies("PATCH", Stub::kSlot).back(),
              R"({"Image":"http://192.0.2.1:6180/m/abc/boot.iso","Inserted":true,"WriteProtected":true})");
    EXPECT_DONE(eject());
    EXPECT_EQ(stub_.bodies("PATCH", Stub::kSlot).back(), R"({"Image":null,"Inserted":false})");
}

TEST_F(RedfishBmcTest, NeverEjectsWhatIsNotItsOwn) {
    hold("http://198.51.100.7/rescue.iso");
    const auto result = insert();
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().kind, base::ErrorKind::Conflict);
    EXPECT_TRUE(stub_.bodies("POST", Stub::kEject).empty());
    EXPECT_TRUE(stub_.bodies("POST", Stub::kInsert).empty());
}

TEST_F(RedfishBmcTest, EjectsWithoutABodyWhereOneIsRefused) {
    hold(kUrl);
    stub_.on("POST", Stub::kEject, [this](const http::ClientRequest& request) -> Stub::Response {
        if (!request.body->empty()) return Stub::respond(415);
        return stub_.empty_slot();
    });
    EXPECT_DONE(eject());
    EXPECT_EQ(stub_.bodies("POST", Stub::kEject), (std::vector<std::string>{"{}", "-"}));
}

TEST_F(RedfishBmcTest, EjectWaitsUntilTheSlotIsEmpty) {
    hold(kUrl);
    base::SteadyTime ejected{};
    stub_.on("POST", Stub::kEject, [this, &ejected](const auto&) {
        ejected = stub_.clock.steady();
        return Stub::respond(204);
    });
    stub_.on("GET", Stub::kSlot, [this, &ejected](const auto&) {
        if (ejected != base::SteadyTime{} && stub_.clock.steady() - ejected >= 5s) (void)stub_.empty_slot();
        return Stub::respond(200, slot());
    });
    EXPECT_DONE(eject());
    EXPECT_EQ(stub_.bodies("POST", Stub::kEject).size(), 1U);
}

TEST_F(RedfishBmcTest, AnErrorOfAnEjectionThatWorkedIsNone) {
    hold(kUrl);
    stub_.on("POST", Stub::kEject, [this](const auto&) {
        (void)stub_.empty_slot();
        return Stub::respond(500);
    });
    EXPECT_DONE(eject());
}

TEST_F(RedfishBmcTest, AnEjectionThatDoesNothingIsAnError) {
    hold(kUrl);
    stub_.on("POST", Stub::kEject, [](const auto&) { return Stub::respond(204); });
    const auto result = eject();
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().kind, base::ErrorKind::Timeout);
}

TEST_F(RedfishBmcTest, ARefusedEjectionIsNotSwallowed) {
    hold(kUrl);
    stub_.on("POST", Stub::kEject,
             [](const auto&) { return Stub::refuse(403, "Base.1.0.InsufficientPrivilege", "no"); });
    const auto result = eject();
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().kind, base::ErrorKind::Unauthorized);
}

TEST_F(RedfishBmcTest, SetsTheBootOverrideInTheSettingsWhereTheyHaveIt) {
    const std::string settings = std::string(Stub::kSystem) + "/Settings";
    system()["@Redfish.Settings"]["SettingsObject"] = Stub::link(settings);
    stub_.resources[settings] = {{"Boot",
                                  {{"BootSourceOverrideTarget", nullptr},
                                   {"BootSourceOverrideEnabled", nullptr},
                                   {"BootSourceOverrideTarget@Redfish.AllowableValues", {"None", "Cd", "Hdd"}}}}};
    stub_.on("PATCH", Stub::kSystem, [](const auto&) { return Stub::refuse(405, "Base.1.8.PropertyNotWritable"); });
    EXPECT_DONE(boot_cd());
    EXPECT_TRUE(stub_.bodies("PATCH", Stub::kSystem).empty());
    EXPECT_EQ(stub_.bodies("PATCH", settings).size(), 1U);
    EXPECT_EQ(stub_.bmc()->boot_devices(stub_.in(1min))->size(), 3U);
}

TEST_F(RedfishBmcTest, FindsAnUndeclaredSettingsResource) {
    const std::string pending = std::string(Stub::kSystem) + "/SD";
    stub_.resources[pending] = {{"Boot", {{"BootSourceOverrideTarget", "None"}}}};
    stub_.on("PATCH", Stub::kSystem, [](const auto&) { return Stub::refuse(400, "Base.1.8.PropertyNotWritable"); });
    EXPECT_DONE(boot_cd());
    EXPECT_EQ(stub_.bodies("PATCH", pending).size(), 1U);
}

TEST_F(RedfishBmcTest, WaitsOutThePostOfIlo) {
    int attempts = 0;
    stub_.on("PATCH", Stub::kSystem, [this, &attempts](const http::ClientRequest& request) {
        if (++attempts < 4) return Stub::refuse(400, "iLO.2.14.UnableToModifyDuringSystemPOST");
        system().merge_patch(Json::parse(*request.body));
        return Stub::respond(200);
    });
    const auto begin = stub_.clock.steady();
    EXPECT_DONE(boot_cd());
    EXPECT_EQ(stub_.clock.steady() - begin, 35s);
}

TEST_F(RedfishBmcTest, FallsToTheFullTripletWhenTheMinimalIsRefused) {
    stub_.on("PATCH", Stub::kSystem, [this](const http::ClientRequest& request) {
        const Json body = Json::parse(*request.body);
        if (!body["Boot"].contains("BootSourceOverrideMode")) return Stub::refuse(400, "Base.1.5.PropertyMissing");
        system().merge_patch(body);
        return Stub::respond(204);
    });
    EXPECT_DONE(boot_cd());
}

TEST_F(RedfishBmcTest, AnOverrideThatIsAcceptedButNotStoredIsAnError) {
    stub_.on("PATCH", Stub::kSystem, [](const auto&) { return Stub::respond(204); });
    const auto result = boot_cd();
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().kind, base::ErrorKind::Conflict);
    EXPECT_NE(result.error().message.find("'Disabled'"), std::string::npos);
}

TEST_F(RedfishBmcTest, PicksNoSystemOfSeveralByItself) {
    Json other = system();
    other["@odata.id"] = "/redfish/v1/Systems/2";
    other["Id"] = "2";
    stub_.resources["/redfish/v1/Systems/2"] = other;
    stub_.resources["/redfish/v1/Systems"] = Stub::collection({Stub::kSystem, "/redfish/v1/Systems/2"});
    const auto result = stub_.bmc()->power(stub_.in(1min));
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().kind, base::ErrorKind::Unsupported);
    EXPECT_NE(result.error().message.find("/redfish/v1/Systems/2"), std::string::npos);
}

TEST_F(RedfishBmcTest, PassesOverBoardsThatAreNoHosts) {
    stub_.resources["/redfish/v1/Systems/HGX_Baseboard_0"] = {{"Id", "HGX_Baseboard_0"}};
    stub_.resources["/redfish/v1/Systems"] = Stub::collection({"/redfish/v1/Systems/HGX_Baseboard_0", Stub::kSystem});
    const auto found = stub_.bmc()->probe(stub_.in(1min));
    ASSERT_TRUE(found.ok()) << found.error().to_string();
    EXPECT_EQ(found->system, Stub::kSystem);
}

TEST_F(RedfishBmcTest, WaitsForSystemsThatComeBack) {
    int reads = 0;
    stub_.on("GET", "/redfish/v1/Systems", [&reads](const auto&) {
        return Stub::respond(200, ++reads < 4 ? Stub::collection({}) : Stub::collection({Stub::kSystem}));
    });
    EXPECT_TRUE(stub_.bmc()->power(stub_.in(2min)).ok());
}

TEST_F(RedfishBmcTest, ReadsTheSystemOnceBeforeAndOnceAfterSettingTheOverride) {
    const auto bmc = stub_.bmc();
    ASSERT_TRUE(bmc->probe(stub_.in(1min)).ok());
    const std::size_t before = stub_.bodies("GET", Stub::kSystem).size();
    EXPECT_DONE(bmc->set_boot_override(BootDevice::Cd, BootPersistence::Once, BootMode::Unchanged, stub_.in(1min)));
    EXPECT_EQ(stub_.bodies("GET", Stub::kSystem).size(), before + 2);
}

TEST_F(RedfishBmcTest, ATargetThatCannotBeSpokenToSaysWhy) {
    Target target;
    target.address = "192.0.2.10";
    const auto result = stub_.pool->get(target)->power(stub_.in(1min));
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().kind, base::ErrorKind::InvalidArgument);
}

TEST_F(RedfishBmcTest, KeepsOneRequestInFlightWhenManyThreadsAsk) {
    std::atomic<int> in_flight = 0;
    std::atomic<int> most = 0;
    std::atomic<int> answered = 0;
    stub_.on("GET", Stub::kSystem, [&](const auto&) {
        most = std::max(most.load(), ++in_flight);
        std::this_thread::yield();
        --in_flight;
        return Stub::respond(200, {{"PowerState", "On"}, {"Actions", Json::object()}});
    });
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&] {
                const auto bmc = stub_.bmc();
                for (int call = 0; call < 20; ++call) answered += bmc->power(stub_.in(1min)).ok() ? 1 : 0;
            });
        }
    }
    EXPECT_EQ(most, 1);
    EXPECT_EQ(answered, 80);
}

TEST_F(RedfishBmcTest, ThePoolGivesTheSameBmcUntilThePasswordChanges) {
    Target target;
    target.address = Stub::kAddress;
    target.user = "admin";
    target.password = base::Secret("one");
    const auto first = stub_.pool->get(target);
    EXPECT_EQ(stub_.pool->get(target), first);
    target.password = base::Secret("two");
    EXPECT_NE(stub_.pool->get(target), first);
}

}  // namespace
}  // namespace isolde::bmc
