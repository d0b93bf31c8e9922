// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/testing/advancing_waiter.h"
#include "http/client/testing/fake_client.h"
#include "redfish/discovery.h"

#include <gtest/gtest.h>

namespace isolde::redfish {
namespace {

using namespace std::chrono_literals;
using http::ClientRequest;
using http::ClientResponse;

constexpr const char* kAddress = "https://192.0.2.10";
constexpr const char* kRoot =
    R"({"UUID":"5f1d7a3e-6f0b-4b7c-9a3d-0123456789ab","Systems":{"@odata.id":"/redfish/v1/Systems"},
    "Links":{"Sessions":{"@odata.id":"/redfish/v1/SessionService/Sessions"}}})";

std::string url(const std::string& path) {
    return kAddress + path;
}

ClientResponse respond(int status, const std::string& body = "", http::Headers headers = {}) {
    return {status, std::move(headers), body, ""};
}

class ServiceTest : public testing::Test {
  protected:
    ServiceTest() {
        client_.answer("GET", url("/redfish/v1/"), respond(200, kRoot));
        client_.answer("DELETE", url("/redfish/v1/SessionService/Sessions/1"), respond(204));
    }

    void allow_sessions() {
        client_.answer(
            "POST", url("/redfish/v1/SessionService/Sessions"),
            respond(201, "", {{"X-Auth-Token", "t1"}, {"Location", "/redfish/v1/SessionService/Sessions/1"}}));
    }

    std::shared_ptr<Service> service(AuthType type = AuthType::Auto) {
        return *Service::create({kAddress, "admin", base::Secret("pass"), type, {}},
                                {client_, clock_, waiter_, lanes_, {}});
    }

    base::Deadline soon() const { return base::Deadline::after(clock_, 5min); }

    std::vector<ClientRequest> requests_to(const std::string& path) const {
        std::vector<ClientRequest> found;
        for (auto& request : client_.requests()) {
            if (request.url == url(path)) found.push_back(request);
        }
        return found;
    }

    base::testing::ManualClock clock_;
    base::testing::AdvancingWaiter waiter_{clock_};
    http::testing::FakeClient client_;
    LaneDirectory lanes_;
};

TEST_F(ServiceTest, SendsTheHeadersThatBmcsNeedAndTheTokenOfItsSession) {
    allow_sessions();
    client_.answer("GET", url("/redfish/v1/Systems/1"), respond(200, R"({"Id":"1"})", {{"ETag", "\"7\""}}));
    const auto resource = service()->get("/redfish/v1/Systems/1", soon());
    ASSERT_TRUE(resource.ok()) << resource.error().to_string();
    EXPECT_EQ(resource->etag, "\"7\"");
    const auto sent = requests_to("/redfish/v1/Systems/1").at(0);
    EXPECT_EQ(sent.headers.find("X-Auth-Token"), "t1");
    EXPECT_EQ(sent.headers.find("OData-Version"), "4.0");
    EXPECT_EQ(sent.headers.find("Accept-Encoding"), "identity");
    EXPECT_TRUE(sent.close_connection);
    EXPECT_FALSE(sent.credentials.has_value());
    EXPECT_FALSE(requests_to("/redfish/v1/").at(0).credentials.has_value());
    EXPECT_EQ(requests_to("/redfish/v1/SessionService/Sessions").at(0).body,
              R"({"Password":"pass","UserName":"admin"})");
}

TEST_F(ServiceTest, LogsOutWhenItGoes) {
    allow_sessions();
    client_.answer("GET", url("/a"), respond(200, "{}"));
    ASSERT_TRUE(service()->get("/a", soon()).ok());
    ASSERT_EQ(requests_to("/redfish/v1/SessionService/Sessions/1").size(), 1U);
    EXPECT_EQ(client_.requests().back().method, "DELETE");
    EXPECT_EQ(client_.requests().back().headers.find("X-Auth-Token"), "t1");
}

TEST_F(ServiceTest, MakesAnExpiredSessionAnewOnceAndReplays) {
    allow_sessions();
    client_.answer("GET", url("/a"), respond(401));
    client_.answer("GET", url("/a"), respond(200, "{}"));
    const auto one = service();
    EXPECT_TRUE(one->get("/a", soon()).ok());
    EXPECT_EQ(requests_to("/redfish/v1/SessionService/Sessions").size(), 2U);
}

TEST_F(ServiceTest, FailsWhenTheNewSessionIsRefusedToo) {
    allow_sessions();
    client_.answer("GET", url("/a"), respond(401));
    const auto one = service();
    const auto result = one->get("/a", soon());
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().kind, base::ErrorKind::Unauthorized);
    EXPECT_EQ(requests_to("/a").size(), 2U);
}

TEST_F(ServiceTest, UsesBasicWhereThereAreNoSessions) {
    client_.answer("POST", url("/redfish/v1/SessionService/Sessions"), respond(404));
    client_.answer("GET", url("/a"), respond(200, "{}"));
    ASSERT_TRUE(service()->get("/a", soon()).ok());
    const auto sent = requests_to("/a").at(0);
    ASSERT_TRUE(sent.credentials.has_value());
    EXPECT_EQ(sent.credentials->user, "admin");
}

TEST_F(ServiceTest, RestsRefusedCredentialsSoThatTheAccountIsNotLocked) {
    client_.answer("POST", url("/redfish/v1/SessionService/Sessions"), respond(401));
    client_.answer("GET", url("/a"), respond(401));
    const auto one = service();
    const auto refused = one->get("/a", soon());
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().kind, base::ErrorKind::Unauthorized);
    EXPECT_NE(refused.error().message.find("admin"), std::string::npos);
    EXPECT_EQ(refused.error().to_string().find("pass'"), std::string::npos);
    const auto before = client_.requests().size();
    EXPECT_FALSE(one->get("/a", soon()).ok());
    EXPECT_EQ(client_.requests().size(), before) << "nothing may be sent while the credentials rest";
    clock_.advance(61s);
    EXPECT_FALSE(one->get("/a", soon()).ok());
    EXPECT_GT(client_.requests().size(), before);
}

TEST_F(ServiceTest, RetriesReadsAndHonoursRetryAfter) {
    allow_sessions();
    client_.answer("GET", url("/a"), respond(503, "", {{"Retry-After", "7"}}));
    client_.answer("GET", url("/a"), base::unavailable("reset"));
    client_.answer("GET", url("/a"), respond(200, "{}"));
    const auto begin = clock_.steady();
    EXPECT_TRUE(service()->get("/a", soon()).ok());
    EXPECT_EQ(clock_.steady() - begin, 8s);
}

TEST_F(ServiceTest, DoesNotRepeatAWriteThatMayHaveBeenDone) {
    allow_sessions();
    client_.answer("POST", url("/act"), base::timed_out("no answer"));
    EXPECT_FALSE(service()->post("/act", Json::object(), soon()).ok());
    EXPECT_EQ(requests_to("/act").size(), 1U);
}

TEST_F(ServiceTest, DropsAcceptEncodingAfterA406) {
    allow_sessions();
    client_.answer("GET", url("/a"), respond(406));
    client_.answer("GET", url("/a"), respond(200, "{}"));
    ASSERT_TRUE(service()->get("/a", soon()).ok());
    const auto sent = requests_to("/a");
    ASSERT_EQ(sent.size(), 2U);
    EXPECT_FALSE(sent[1].headers.find("Accept-Encoding").has_value());
}

TEST_F(ServiceTest, FollowsARedirectOnItsOwnHostOnly) {
    allow_sessions();
    client_.answer("GET", url("/a"), respond(307, "", {{"Location", "/b"}}));
    client_.answer("GET", url("/b"), respond(200, "{}"));
    client_.answer("GET", url("/c"), respond(302, "", {{"Location", "https://198.51.100.1/b"}}));
    client_.answer("GET", url("/d"), respond(302, "", {{"Location", "//198.51.100.1/b"}}));
    const auto one = service();
    EXPECT_TRUE(one->get("/a", soon()).ok());
    for (const auto* path : {"/c", "/d"}) {
        const auto off = one->get(path, soon());
        ASSERT_FALSE(off.ok());
        EXPECT_NE(off.error().message.find("198.51.100.1"), std::string::npos);
    }
    for (const auto& request : client_.requests()) {
        EXPECT_TRUE(request.url.starts_with(kAddress)) << request.url;
    }
}

TEST_F(ServiceTest, EndsARedirectLoop) {
    allow_sessions();
    client_.answer("GET", url("/a"), respond(302, "", {{"Location", "/a"}}));
    EXPECT_FALSE(service()->get("/a", soon()).ok());
    EXPECT_EQ(requests_to("/a").size(), 4U);
}

TEST_F(ServiceTest, WalksTheEtagLadderAndRemembersWhatWorked) {
    allow_sessions();
    client_.answer("GET", url("/s"), respond(200, "{}", {{"ETag", "\"42\""}}));
    client_.answer("PATCH", url("/s"), respond(412));
    client_.answer("PATCH", url("/s"), respond(412));
    client_.answer("PATCH", url("/s"), respond(204));
    const auto one = service();
    const Resource resource{"/s", Json(), "\"41\"", true};
    const auto first = one->patch(resource, Json::object(), soon());
    ASSERT_TRUE(first.ok());
    EXPECT_EQ(first->status, 204);
    ASSERT_TRUE(one->patch(resource, Json::object(), soon()).ok());
    std::vector<std::string> tags;
    for (const auto& request : requests_to("/s")) {
        if (request.method == "PATCH") tags.push_back(request.headers.find("If-Match").value_or("-"));
    }
    EXPECT_EQ(tags, (std::vector<std::string>{"\"41\"", "\"42\"", "42", "41"}));
}

TEST_F(ServiceTest, NeverSendsIfMatchWithAnAction) {
    allow_sessions();
    client_.answer("POST", url("/act"), respond(204));
    ASSERT_TRUE(service()->post("/act", Json::object(), soon()).ok());
    EXPECT_FALSE(requests_to("/act").at(0).headers.find("If-Match").has_value());
}

TEST_F(ServiceTest, FollowsATaskToItsEnd) {
    allow_sessions();
    client_.answer("POST", url("/act"), respond(202, "", {{"Location", "/redfish/v1/TaskService/Tasks/1"}}));
    client_.answer("GET", url("/redfish/v1/TaskService/Tasks/1"), respond(404));
    client_.answer("GET", url("/redfish/v1/TaskService/Tasks/1"), respond(200, R"({"TaskState":"Running"})"));
    client_.answer(
        "GET", url("/redfish/v1/TaskService/Tasks/1"),
        respond(200, R"({"TaskState":"Exception","Messages":{"MessageId":"X.1.Broken","Message":"it broke"}})"));
    const auto answer = service()->post("/act", Json::object(), soon());
    ASSERT_TRUE(answer.ok()) << answer.error().to_string();
    EXPECT_EQ(answer->status, 500);
    EXPECT_TRUE(answer->error.has("Broken"));
}

TEST_F(ServiceTest, GivesUpOnATaskThatNeverEndsAtTheDeadline) {
    allow_sessions();
    client_.answer("POST", url("/act"), respond(202, "", {{"Location", "/t"}}));
    client_.answer("GET", url("/t"), respond(202, R"({"TaskState":"Running"})"));
    const auto deadline = base::Deadline::after(clock_, 30s);
    const auto answer = service()->post("/act", Json::object(), deadline);
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().kind, base::ErrorKind::Timeout);
    EXPECT_FALSE(deadline.passed(clock_));
}

TEST_F(ServiceTest, ReadsACollectionOverItsPagesAndIgnoresNulls) {
    allow_sessions();
    client_.answer("GET", url("/c"), respond(200, R"({"Members":[null,{"@odata.id":"/c/1"},{}],
        "Members@odata.nextLink":"/c?$skip=2"})"));
    client_.answer("GET", url("/c?$skip=2"), respond(200, R"({"Members":{"@odata.id":"https://10.0.0.1/c/2"}})"));
    const auto members = service()->members("/c", soon());
    ASSERT_TRUE(members.ok());
    EXPECT_EQ(*members, (std::vector<std::string>{"/c/1", "/c/2"}));
}

TEST_F(ServiceTest, EndsACollectionThatPagesForEver) {
    allow_sessions();
    client_.answer("GET", url("/c"),
                   respond(200, R"({"Members":[{"@odata.id":"/c/1"}],"Members@odata.nextLink":"/c"})"));
    const auto members = service()->members("/c", soon());
    ASSERT_TRUE(members.ok());
    EXPECT_EQ(requests_to("/c").size(), 32U);
}

TEST_F(ServiceTest, ABmcThatDroppedAKeptConnectionIsAskedByConnectionsOfTheirOwnFromThenOn) {
    allow_sessions();
    bool drops = false;
    client_.otherwise([&drops](const ClientRequest&) {
        ClientResponse response = respond(200, R"({"Id":"1"})");
        response.repeated = drops;
        return response;
    });
    const auto bmc = service();
    const auto read = [&] { return bmc->get("/redfish/v1/Systems/1", soon()).ok(); };
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(read());
    EXPECT_FALSE(client_.requests().back().close_connection);
    drops = true;
    ASSERT_TRUE(read());
    drops = false;
    for (int i = 0; i < 10; ++i) {
        ASSERT_TRUE(read());
        EXPECT_TRUE(client_.requests().back().close_connection);
    }
}

TEST_F(ServiceTest, AWriteNeverTravelsOnAKeptConnection) {
    allow_sessions();
    client_.otherwise([](const ClientRequest&) { return respond(200, R"({"Id":"1"})"); });
    const auto bmc = service();
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(bmc->get("/redfish/v1/Systems/1", soon()).ok());
    ASSERT_TRUE(bmc->post("/redfish/v1/Systems/1/Actions/Reset", Json::object(), soon()).ok());
    EXPECT_TRUE(client_.requests().back().close_connection);
}

TEST_F(ServiceTest, FindsTheBmcUnderAnotherAddressInOneLane) {
    const auto lane = lanes_.of_address(kAddress);
    EXPECT_EQ(lanes_.identify(kAddress, "5f1d7a3e-6f0b-4b7c-9a3d-0123456789ab"), lane);
    EXPECT_EQ(lanes_.identify("https://bmc.example", "5f1d7a3e-6f0b-4b7c-9a3d-0123456789ab"), lane);
    EXPECT_NE(lanes_.identify("https://other", "00000000-0000-0000-0000-000000000000"), lane);
}

struct HostileRow {
    std::string name;
    std::string body;
    bool readable;
};

class HostileAnswer : public testing::TestWithParam<HostileRow> {};

TEST_P(HostileAnswer, IsReadOrRefusedByName) {
    const auto json = parse_answer(GetParam().body);
    EXPECT_EQ(json.ok(), GetParam().readable);
    if (!json.ok()) {
        EXPECT_EQ(json.error().kind, base::ErrorKind::Corrupt);
    }
}

INSTANTIATE_TEST_SUITE_P(Rows, HostileAnswer,
                         testing::Values(HostileRow{"Empty", "", true},
                                         HostileRow{"ByteOrderMark", "\xEF\xBB\xBF{}", true},
                                         HostileRow{"TrailingZero", std::string("{}\0\0", 4), true},
                                         HostileRow{"DuplicateKeys", R"({"a":1,"a":2})", true},
                                         HostileRow{"EscapedSlash", R"({"a":"\/x"})", true},
                                         HostileRow{"NotUtf8", "{\"a\":\"\xff\xfe\"}", true},
                                         HostileRow{"Html", "<html></html>", false},
                                         HostileRow{"Truncated", R"({"a":[1,2)", false},
                                         HostileRow{"TooDeep", std::string(40, '[') + std::string(40, ']'), false},
                                         HostileRow{"TooLarge", '"' + std::string(3U << 20U, 'a') + '"', false}),
                         [](const auto& row) { return row.param.name; });

TEST(Endpoint, TakesSchemeAndAuthorityOnly) {
    EXPECT_EQ(Endpoint::parse("https://192.0.2.1/redfish/v1")->origin(), "https://192.0.2.1");
    EXPECT_EQ(Endpoint::parse("http://[2001:db8::1]:8000")->origin(), "http://[2001:db8::1]:8000");
    for (const auto* bad : {"192.0.2.1", "ftp://h", "https://", "https://u:p@h", "https://a b", "https://:80"}) {
        EXPECT_FALSE(Endpoint::parse(bad).ok()) << bad;
    }
}

TEST(ConnectionHabit, KeepsConnectionsOnlyForReadsAndOnlyWhenSeenSafe) {
    ConnectionHabit habit;
    EXPECT_TRUE(habit.close_after("GET"));
    for (int i = 0; i < 8; ++i) habit.answered(false);
    EXPECT_FALSE(habit.close_after("GET"));
    EXPECT_TRUE(habit.close_after("POST"));
    habit.broken();
    EXPECT_TRUE(habit.close_after("GET"));
}

}  // namespace
}  // namespace isolde::redfish
