// SPDX-License-Identifier: GPL-3.0-or-later
#include "service_fixture.h"

#include <set>

namespace isolde::emulator::testing {
namespace {

using base::Json;

/// Every path that a resource links to.
void collect_links(const Json& value, std::set<std::string>& paths) {
    if (value.is_object()) {
        for (const auto& [name, member] : value.items()) {
            if ((name == "@odata.id" || name == "@Redfish.ActionInfo") && member.is_string()) {
                paths.insert(member.get<std::string>());
            }
            collect_links(member, paths);
        }
    } else if (value.is_array()) {
        for (const Json& member : value) {
            collect_links(member, paths);
        }
    }
}

TEST_F(ServiceTest, EveryLinkLeadsToAResourceThatNamesItself) {
    std::set<std::string> known = {"/redfish/v1/"};
    std::set<std::string> open = known;
    while (!open.empty()) {
        const std::string path = *open.begin();
        open.erase(open.begin());
        const Json resource = get(path);
        EXPECT_EQ(resource["@odata.id"], path);
        EXPECT_TRUE(resource.contains("@odata.type")) << path;
        std::set<std::string> links;
        collect_links(resource, links);
        for (const std::string& link : links) {
            if (known.insert(link).second) {
                open.insert(link);
            }
        }
    }
    EXPECT_EQ(known.size(), 36U);
}

TEST_F(ServiceTest, ServesTheRootWithoutCredentialsAndNothingElse) {
    EXPECT_EQ(send("GET", "/redfish", "", {}).status, 200);
    EXPECT_EQ(send("GET", "/redfish/v1", "", {}).status, 200);
    EXPECT_EQ(send("GET", "/redfish/v1/", "", {}).status, 200);
    for (const std::string path : {"/redfish/v1/Systems", "/redfish/v1/Managers/1", "/redfish/v1/nothing"}) {
        const Reply reply = send("GET", path, "", {});
        EXPECT_EQ(reply.status, 401) << path;
        EXPECT_TRUE(reply.headers.find("WWW-Authenticate")) << path;
    }
}

TEST_F(ServiceTest, RefusesWrongBasicCredentials) {
    EXPECT_EQ(send("GET", kSystem, "", {{"Authorization", "Basic YWRtaW46d3Jvbmc="}}).status, 401);
    EXPECT_EQ(send("GET", kSystem, "", {{"Authorization", "Basic ???"}}).status, 401);
    EXPECT_EQ(send("GET", kSystem, "", {{"Authorization", "Bearer YWRtaW46cGFzc3dvcmQ="}}).status, 401);
}

TEST_F(ServiceTest, OpensUsesAndClosesASession) {
    const Reply opened =
        send("POST", "/redfish/v1/SessionService/Sessions", R"({"UserName":"admin","Password":"password"})", {});
    ASSERT_EQ(opened.status, 201);
    const std::string token = opened.headers.find("X-Auth-Token").value();
    const std::string location = opened.headers.find("Location").value();
    EXPECT_EQ((*opened.body)["@odata.id"], location);
    EXPECT_EQ(opened.body->dump().find(token), std::string::npos);
    EXPECT_EQ(send("GET", kSystem, "", {{"X-Auth-Token", token}}).status, 200);
    EXPECT_EQ(send("DELETE", location, "", {{"X-Auth-Token", token}}).status, 204);
    EXPECT_EQ(send("GET", kSystem, "", {{"X-Auth-Token", token}}).status, 401);
}

TEST_F(ServiceTest, EndsASessionThatNobodyUses) {
    const Reply opened =
        send("POST", "/redfish/v1/SessionService/Sessions", R"({"UserName":"admin","Password":"password"})", {});
    const http::Headers token = {{"X-Auth-Token", opened.headers.find("X-Auth-Token").value()}};
    clock_.advance(std::chrono::minutes(29));
    EXPECT_EQ(send("GET", kSystem, "", token).status, 200);
    clock_.advance(std::chrono::minutes(29));
    EXPECT_EQ(send("GET", kSystem, "", token).status, 200);
    clock_.advance(std::chrono::minutes(31));
    EXPECT_EQ(send("GET", kSystem, "", token).status, 401);
}

TEST_F(ServiceTest, RefusesWrongPasswordsAndTooManySessions) {
    const std::string path = "/redfish/v1/SessionService/Sessions";
    EXPECT_EQ(send("POST", path, R"({"UserName":"admin","Password":"wrong"})", {}).status, 401);
    EXPECT_EQ(message_of(send("POST", path, R"({"UserName":"admin"})", {})), "Base.1.16.ActionParameterMissing");
    EXPECT_EQ(send("POST", path, R"({"UserName":"admin","Password":"password"})", {}).status, 201);
    EXPECT_EQ(send("POST", path, R"({"UserName":"admin","Password":"password"})", {}).status, 201);
    const Reply third = send("POST", path, R"({"UserName":"admin","Password":"password"})", {});
    EXPECT_EQ(third.status, 503);
    EXPECT_EQ(message_of(third), "Base.1.16.SessionLimitExceeded");
}

TEST_F(ServiceTest, NamesTheAllowedMethods) {
    const Reply reply = send("DELETE", kSystem);
    EXPECT_EQ(reply.status, 405);
    EXPECT_EQ(reply.headers.find("Allow"), "GET, HEAD, PATCH");
    EXPECT_EQ(send("GET", kReset).status, 405);
    EXPECT_EQ(send("GET", "/redfish/v1/Systems/3").status, 404);
    EXPECT_EQ(send("GET", kSystem + "/VirtualMedia/CD9").status, 404);
    EXPECT_EQ(send("POST", kSystem + "/VirtualMedia/CD9/Actions/VirtualMedia.EjectMedia").status, 404);
}

TEST_F(ServiceTest, ChecksIfMatchStrictly) {
    const Reply before = send("GET", kSystem);
    const std::string etag = before.headers.find("ETag").value();
    EXPECT_EQ((*before.body)["@odata.etag"], etag);
    const std::string change = R"({"AssetTag":"rack 7"})";
    const auto patch = [&](const std::string& if_match) {
        return send("PATCH", kSystem, change, {{"Authorization", "Basic YWRtaW46cGFzc3dvcmQ="}, {"If-Match", if_match}})
            .status;
    };
    EXPECT_EQ(patch("\"0123456789abcdef\""), 412);
    EXPECT_EQ(patch("W/" + etag), 412);
    EXPECT_EQ(patch(etag.substr(1, etag.size() - 2)), 412);
    EXPECT_EQ(get(kSystem)["AssetTag"], "");
    EXPECT_EQ(patch(etag), 200);
    EXPECT_EQ(get(kSystem)["AssetTag"], "rack 7");
    EXPECT_EQ(patch(etag), 412) << "the tag must have changed with the resource";
    EXPECT_EQ(patch("*"), 200);
}

TEST_F(ServiceTest, AnswersNotModified) {
    const std::string etag = send("GET", kSystem).headers.find("ETag").value();
    const http::Headers headers = {{"Authorization", "Basic YWRtaW46cGFzc3dvcmQ="}, {"If-None-Match", etag}};
    EXPECT_EQ(send("GET", kSystem, "", headers).status, 304);
}

struct BadRequest {
    std::string name;
    std::string method;
    std::string path;
    std::string body;
    int status;
    std::string message;
    std::string related;
};

class BadRequests : public ServiceTest, public ::testing::WithParamInterface<BadRequest> {};

TEST_P(BadRequests, AreRefusedByName) {
    const BadRequest& bad = GetParam();
    const Reply reply = send(bad.method, bad.path, bad.body);
    EXPECT_EQ(reply.status, bad.status);
    EXPECT_EQ(message_of(reply), "Base.1.16." + bad.message);
    const Json& info = (*reply.body)["error"]["@Message.ExtendedInfo"][0];
    EXPECT_EQ(info.value("RelatedProperties", Json::array({""}))[0], bad.related);
    EXPECT_EQ(get(kSlot)["Inserted"], false);
    EXPECT_EQ(get(kSystem)["Boot"]["BootSourceOverrideEnabled"], "Disabled");
}

INSTANTIATE_TEST_SUITE_P(
    Table, BadRequests,
    ::testing::Values(
        BadRequest{"NoJson", "PATCH", kSystem, "{", 400, "MalformedJSON", ""},
        BadRequest{"NoObject", "PATCH", kSystem, "[]", 400, "UnrecognizedRequestBody", ""},
        BadRequest{"UnknownProperty", "PATCH", kSystem, R"({"Color":1})", 400, "PropertyUnknown", "/Color"},
        BadRequest{"ReadOnlyProperty", "PATCH", kSystem, R"({"PowerState":"On"})", 400, "PropertyNotWritable",
                   "/PowerState"},
        BadRequest{"UnknownBootProperty", "PATCH", kSystem, R"({"Boot":{"Next":"Cd"}})", 400, "PropertyUnknown",
                   "/Boot/Next"},
        BadRequest{"UnknownTarget", "PATCH", kSystem, R"({"Boot":{"BootSourceOverrideTarget":"Tape"}})", 400,
                   "PropertyValueNotInList", "/Boot/BootSourceOverrideTarget"},
        BadRequest{"TargetNoString", "PATCH", kSystem, R"({"Boot":{"BootSourceOverrideTarget":1}})", 400,
                   "PropertyValueTypeError", "/Boot/BootSourceOverrideTarget"},
        BadRequest{"GoodThenBad", "PATCH", kSystem,
                   R"({"Boot":{"BootSourceOverrideEnabled":"Once","BootSourceOverrideTarget":"Cd"},"AssetTag":3})", 400,
                   "PropertyValueTypeError", "/AssetTag"},
        BadRequest{"SlotIsReadOnly", "PATCH", kSlot, R"({"Image":"http://a/b.iso"})", 400, "PropertyNotWritable",
                   "/Image"},
        BadRequest{"NoImage", "POST", kInsert, "{}", 400, "ActionParameterMissing", "/Image"},
        BadRequest{"ImageNoString", "POST", kInsert, R"({"Image":7})", 400, "ActionParameterValueTypeError", "/Image"},
        BadRequest{"ImageNoUrl", "POST", kInsert, R"({"Image":"b.iso"})", 400, "ActionParameterValueFormatError",
                   "/Image"},
        BadRequest{"ImageWithSpace", "POST", kInsert, R"({"Image":"http://a/b c.iso"})", 400,
                   "ActionParameterValueFormatError", "/Image"},
        BadRequest{"SchemeNotOffered", "POST", kInsert, R"({"Image":"nfs://a/b.iso"})", 400,
                   "ActionParameterValueNotInList", "/Image"},
        BadRequest{"UnknownParameter", "POST", kInsert, R"({"Image":"http://a/b.iso","MediaType":"CD"})", 400,
                   "ActionParameterUnknown", "/MediaType"},
        BadRequest{"ProtocolAgainstScheme", "POST", kInsert,
                   R"({"Image":"http://a/b.iso","TransferProtocolType":"HTTPS"})", 409, "ActionParameterValueConflict",
                   "/TransferProtocolType"},
        BadRequest{"UploadNotOffered", "POST", kInsert, R"({"Image":"http://a/b.iso","TransferMethod":"Upload"})", 400,
                   "ActionParameterValueNotInList", "/TransferMethod"},
        BadRequest{"EjectParameter", "POST", kEject, R"({"Force":true})", 400, "ActionParameterUnknown", "/Force"},
        BadRequest{"NoResetType", "POST", kReset, "{}", 400, "ActionParameterMissing", "/ResetType"},
        BadRequest{"UnknownResetType", "POST", kReset, R"({"ResetType":"Explode"})", 400,
                   "ActionParameterValueNotInList", "/ResetType"},
        BadRequest{"RestartWhileOff", "POST", kReset, R"({"ResetType":"ForceRestart"})", 409,
                   "ActionParameterValueConflict", "/ResetType"}),
    [](const auto& row) { return row.param.name; });

TEST_F(ServiceTest, WantsJsonToBeDeclared) {
    const Reply reply = send("POST", kInsert, "", {{"Authorization", "Basic YWRtaW46cGFzc3dvcmQ="}});
    EXPECT_EQ(message_of(reply), "Base.1.16.ActionParameterMissing");
    const Call undeclared{
        "POST", kInsert, R"({"Image":"http://a/b.iso"})", {{"Authorization", "Basic YWRtaW46cGFzc3dvcmQ="}}};
    EXPECT_EQ(service_->serve(undeclared, clock_.steady()).status, 415);
}

TEST_F(ServiceTest, ShowsAnInsertedMediumInBothPlacesAndEjectsItFromEither) {
    const std::string managers_slot = "/redfish/v1/Managers/1/VirtualMedia/CD1";
    ASSERT_EQ(send("POST", kInsert, R"({"Image":"http://192.0.2.1/m/x/boot.iso"})").status, 204);
    for (const std::string& path : {kSlot, managers_slot}) {
        const Json slot = get(path);
        EXPECT_EQ(slot["Inserted"], true) << path;
        EXPECT_EQ(slot["Image"], "http://192.0.2.1/m/x/boot.iso") << path;
        EXPECT_EQ(slot["ImageName"], "boot.iso") << path;
        EXPECT_EQ(slot["ConnectedVia"], "URI") << path;
    }
    EXPECT_EQ(get("/redfish/v1/Systems/2/VirtualMedia/CD1")["Inserted"], false);
    EXPECT_EQ(send("POST", kInsert, R"({"Image":"http://192.0.2.1/other.iso"})").status, 409);
    EXPECT_EQ(send("POST", managers_slot + "/Actions/VirtualMedia.EjectMedia", "{}").status, 204);
    EXPECT_EQ(get(kSlot)["Inserted"], false);
    EXPECT_TRUE(get(kSlot)["Image"].is_null());
    EXPECT_EQ(send("POST", kEject).status, 204) << "an empty slot stays empty";
}

TEST_F(ServiceTest, AnswersMediaActionsWithTasksWhereTheProfileSaysSo) {
    use_profile("generic-tasks");
    const Reply accepted = send("POST", kInsert, R"({"Image":"http://a/b.iso"})");
    ASSERT_EQ(accepted.status, 202);
    const std::string monitor = accepted.headers.find("Location").value();
    EXPECT_EQ((*accepted.body)["TaskState"], "Running");
    EXPECT_EQ(get(kSlot)["Inserted"], false);
    EXPECT_EQ(send("GET", monitor).status, 202);
    clock_.advance(std::chrono::seconds(3));
    EXPECT_EQ(send("GET", monitor).status, 204);
    EXPECT_EQ(get(kSlot)["Inserted"], true);
    EXPECT_EQ(get("/redfish/v1/TaskService/Tasks/1")["TaskState"], "Completed");
    EXPECT_EQ(send("PATCH", kSystem, R"({"AssetTag":"x"})").status, 428);
}

TEST_F(ServiceTest, PowerFollowsResets) {
    EXPECT_EQ(power(), "Off");
    EXPECT_EQ(reset("On").status, 204);
    EXPECT_EQ(power(), "PoweringOn");
    clock_.advance(std::chrono::seconds(1));
    EXPECT_EQ(power(), "On");
    EXPECT_EQ(reset("On").status, 204) << "this profile accepts what is already so";
    EXPECT_EQ(reset("ForceOff").status, 204);
    EXPECT_EQ(power(), "PoweringOff");
    clock_.advance(std::chrono::seconds(1));
    EXPECT_EQ(power(), "Off");
}

TEST_F(ServiceTest, ConsumesAnOverrideForOnceWhenTheHostBoots) {
    ASSERT_EQ(send("POST", kInsert, R"({"Image":"http://a/b.iso"})").status, 204);
    const std::string once =
        R"({"Boot":{"BootSourceOverrideEnabled":"Once","BootSourceOverrideTarget":"Cd","BootSourceOverrideMode":"UEFI"}})";
    ASSERT_EQ(send("PATCH", kSystem, once).status, 200);
    (void)service_->take_commands();
    reset("On");
    clock_.advance(std::chrono::seconds(3));
    EXPECT_EQ(get(kSystem)["Boot"]["BootSourceOverrideEnabled"], "Once") << "POST has not ended yet";
    clock_.advance(std::chrono::seconds(1));
    EXPECT_EQ(get(kSystem)["Boot"]["BootSourceOverrideEnabled"], "Disabled");
    EXPECT_EQ(get(kSystem)["Boot"]["BootSourceOverrideTarget"], "None");
    const std::vector<SystemCommand> commands = service_->take_commands();
    ASSERT_EQ(commands.size(), 1U);
    EXPECT_EQ(commands[0].command.kind, HostCommand::Kind::Boot);
    const std::vector<BootSource> expected = {{"Cd", "CD1", "http://a/b.iso"}, {"Hdd", "", ""}};
    EXPECT_EQ(commands[0].command.plan.sources, expected);
}

TEST_F(ServiceTest, KeepsAContinuousOverride) {
    const std::string always = R"({"Boot":{"BootSourceOverrideEnabled":"Continuous","BootSourceOverrideTarget":"Cd"}})";
    ASSERT_EQ(send("PATCH", kSystem, always).status, 200);
    reset("On");
    clock_.advance(std::chrono::minutes(1));
    EXPECT_EQ(get(kSystem)["Boot"]["BootSourceOverrideEnabled"], "Continuous");
    EXPECT_EQ(get(kSystem)["Boot"]["BootSourceOverrideTarget"], "Cd");
}

}  // namespace
}  // namespace isolde::emulator::testing
