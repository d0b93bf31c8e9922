// SPDX-License-Identifier: GPL-3.0-or-later
//
// A Redfish service of a few resources behind a FakeClient, in virtual time, whose misbehaviour a test writes itself.
#pragma once

#include "base/json.h"
#include "base/testing/advancing_waiter.h"
#include "bmc/redfish_pool.h"
#include "http/client/testing/fake_client.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

/// `expression`, a Result, must succeed; a failure shows its error.
#define EXPECT_DONE(expression)                                     \
    do {                                                            \
        const auto expected = (expression);                         \
        EXPECT_TRUE(expected.ok()) << expected.error().to_string(); \
    } while (false)

namespace isolde::bmc {

using base::Json;
using namespace std::chrono_literals;

class StubService {
  public:
    static constexpr const char* kAddress = "https://192.0.2.10";
    static constexpr const char* kSystem = "/redfish/v1/Systems/1";
    static constexpr const char* kManager = "/redfish/v1/Managers/1";
    static constexpr const char* kSlot = "/redfish/v1/Managers/1/VirtualMedia/2";
    static constexpr const char* kInsert = "/redfish/v1/Managers/1/VirtualMedia/2/Actions/VirtualMedia.InsertMedia";
    static constexpr const char* kEject = "/redfish/v1/Managers/1/VirtualMedia/2/Actions/VirtualMedia.EjectMedia";
    static constexpr const char* kReset = "/redfish/v1/Systems/1/Actions/ComputerSystem.Reset";

    using Response = base::Result<http::ClientResponse>;
    using Handler = std::function<Response(const http::ClientRequest&)>;

    StubService() {
        resources["/redfish/v1/"] = {{"Vendor", "Contoso"},
                                     {"Systems", link("/redfish/v1/Systems")},
                                     {"Managers", link("/redfish/v1/Managers")}};
        resources["/redfish/v1/Systems"] = collection({kSystem});
        resources["/redfish/v1/Managers"] = collection({kManager});
        resources[kSystem] = {{"@odata.id", kSystem},
                              {"Id", "1"},
                              {"PowerState", "Off"},
                              {"Boot",
                               {{"BootSourceOverrideEnabled", "Disabled"},
                                {"BootSourceOverrideTarget", "None"},
                                {"BootSourceOverrideMode", "UEFI"}}},
                              {"Actions", {{"#ComputerSystem.Reset", {{"target", kReset}}}}}};
        resources[kManager] = {{"@odata.id", kManager},
                               {"VirtualMedia", link(std::string(kManager) + "/VirtualMedia")}};
        resources[std::string(kManager) + "/VirtualMedia"] = collection({kSlot});
        resources[kSlot] = {
            {"@odata.id", kSlot}, {"Id", "2"}, {"MediaTypes", {"CD", "DVD"}}, {"Image", nullptr}, {"Inserted", false}};
        resources[kSlot]["Actions"]["#VirtualMedia.InsertMedia"]["target"] = kInsert;
        resources[kSlot]["Actions"]["#VirtualMedia.EjectMedia"]["target"] = kEject;
        on("POST", kInsert, [this](const http::ClientRequest& request) { return insert(request); });
        on("POST", kEject, [this](const http::ClientRequest&) { return empty_slot(); });
        on("POST", kReset, [this](const http::ClientRequest& request) { return reset(request); });
        client.otherwise([this](const http::ClientRequest& request) { return serve(request); });
    }

    static Json link(const std::string& path) { return {{"@odata.id", path}}; }
    static Json collection(const std::vector<std::string>& paths) {
        Json members = Json::array();
        for (const auto& path : paths) members.push_back(link(path));
        return {{"Members", members}};
    }
    static http::ClientResponse respond(int status, const Json& body = nullptr, http::Headers headers = {}) {
        return {status, std::move(headers), body.is_null() ? "" : body.dump(), ""};
    }
    static http::ClientResponse refuse(int status, const std::string& id, const std::string& text = "",
                                       std::vector<std::string> arguments = {}) {
        const Json message{{"MessageId", id}, {"Message", text}, {"MessageArgs", arguments}};
        return respond(status, {{"error", {{"@Message.ExtendedInfo", Json::array({message})}}}});
    }

    void on(const std::string& method, const std::string& path, Handler handler) {
        handlers_[{method, path}] = std::move(handler);
    }
    /// Without actions: the slot is written by PATCH.
    void take_actions_away() { resources[kSlot].erase("Actions"); }

    Response insert(const http::ClientRequest& request) {
        resources[kSlot]["Image"] = Json::parse(*request.body)["Image"];
        resources[kSlot]["Inserted"] = true;
        return respond(204);
    }
    Response empty_slot() {
        resources[kSlot]["Image"] = nullptr;
        resources[kSlot]["Inserted"] = false;
        return respond(204);
    }
    Response reset(const http::ClientRequest& request) {
        const std::string type = Json::parse(*request.body)["ResetType"];
        resources[kSystem]["PowerState"] = type == "On" || type == "ForceOn" ? "On" : "Off";
        return respond(204);
    }

    std::shared_ptr<Bmc> bmc() {
        Target target;
        target.address = kAddress;
        return pool->get(target);
    }
    base::Deadline in(base::Duration budget) const { return base::Deadline::after(clock, budget); }

    /// The bodies that were sent to a path by a method, "-" for none.
    std::vector<std::string> bodies(const std::string& method, const std::string& path) const {
        std::vector<std::string> found;
        for (const auto& request : client.requests()) {
            if (request.method != method || request.url != kAddress + path) continue;
            found.push_back(request.body && !request.body->empty() ? *request.body : "-");
        }
        return found;
    }

    base::testing::ManualClock clock;
    base::testing::AdvancingWaiter waiter{clock};
    http::testing::FakeClient client;
    std::map<std::string, Json> resources;
    std::unique_ptr<BmcPool> pool = make_redfish_pool(client, clock, waiter);

  private:
    Response serve(const http::ClientRequest& request) {
        const std::string path = request.url.substr(std::string(kAddress).size());
        const auto handler = handlers_.find({request.method, path});
        if (handler != handlers_.end()) return handler->second(request);
        const auto resource = resources.find(path);
        if (resource == resources.end()) return respond(404);
        if (request.method == "GET") return respond(200, resource->second);
        if (request.method != "PATCH") return respond(405);
        resource->second.merge_patch(Json::parse(*request.body));
        return respond(204);
    }

    std::map<std::pair<std::string, std::string>, Handler> handlers_;
};

}  // namespace isolde::bmc
