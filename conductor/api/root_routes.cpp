// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/api/node_document.h"
#include "conductor/api/node_fields.h"
#include "conductor/api/reply.h"
#include "conductor/api/routes.h"
#include "conductor/api/version.h"

#include <algorithm>

namespace isolde::conductor::api {
namespace {

using base::Json;
using base::Result;
using namespace std::chrono_literals;

constexpr auto kAliveWithin = 60s;

Json version_document(const Call& call) {
    return {{"id", "v1"},
            {"links", Json::array({{{"href", call.base_url + "/v1/"}, {"rel", "self"}}})},
            {"status", "CURRENT"},
            {"min_version", "1." + std::to_string(kMinimumMinor)},
            {"version", "1." + std::to_string(kMaximumMinor)}};
}

Result<http::Response> show_root(const Call& call) {
    const Json version = version_document(call);
    return json_reply(200, {{"name", "OpenStack Ironic API"},
                            {"description", "Isolde: a bare-metal conductor for virtual media, by the Ironic API."},
                            {"default_version", version},
                            {"versions", Json::array({version})}});
}

Result<http::Response> show_v1(const Call& call) {
    Json document = {{"id", "v1"},
                     {"links", Json::array({{{"href", call.base_url + "/v1/"}, {"rel", "self"}}})},
                     {"media_types", {{"base", "application/json"}, {"type", "application/vnd.openstack.ironic.v1+json"}}},
                     {"version", version_document(call)}};
    for (const char* name : {"chassis", "nodes", "ports", "drivers", "conductors"}) {
        document[name] = links_of(call.base_url, std::string(name) + "/");
    }
    if (call.minor < 49) {
        document.erase("conductors");
    }
    return json_reply(200, document);
}

Json driver_document(const Call& call, const std::string& host) {
    Json document = {{"name", "redfish"},
                     {"hosts", Json::array({host})},
                     {"links", links_of(call.base_url, "drivers/redfish")},
                     {"properties", links_of(call.base_url, "drivers/redfish/properties")}};
    if (call.minor >= 30) {
        document["type"] = "dynamic";
    }
    return document;
}

Result<http::Response> show_driver(const Call& call, const RouteContext& context) {
    const auto name = call.path.find("driver")->second;
    if (name != "redfish") {
        return base::not_found("The driver '" + name + "' could not be found.");
    }
    Json document = driver_document(call, context.options.conductor_name);
    for (const NodeField& field : node_fields()) {
        if (field.kind == FieldKind::Interface && std::max(field.minimum_minor, 30) <= call.minor) {
            const std::string short_name = field.name;
            document["default_" + short_name] = field.default_value;
            document["enabled_" + short_name + "s"] = field.choices;
        }
    }
    return json_reply(200, document);
}

Result<http::Response> driver_properties(const Call&) {
    return json_reply(
        200, {{"redfish_address", "The URL address of the BMC. Required."},
              {"redfish_system_id", "The resource path of the system, when the BMC has several."},
              {"redfish_username", "User account with administrator or operator access."},
              {"redfish_password", "User account password."},
              {"redfish_auth_type", "'auto', 'basic' or 'session'. Default: auto."},
              {"redfish_verify_ca", "True, False, or the path of a CA file. Default: [redfish] verify_ca."},
              {"external_http_url", "Address at which the BMC reaches the media server, when not [media] public_url."},
              {"force_persistent_boot_device", "'Default', 'Always' or 'Never'."}});
}

Json conductor_document(const Call& call, const ConductorRecord& record, base::WallTime now, bool detail) {
    Json document = {{"hostname", record.name},
                     {"conductor_group", record.group},
                     {"alive", now - record.updated_at < kAliveWithin},
                     {"links", links_of(call.base_url, "conductors/" + record.name)}};
    if (detail) {
        document["created_at"] = base::to_iso8601(record.created_at);
        document["updated_at"] = base::to_iso8601(record.updated_at);
        document["drivers"] = Json::array({"redfish"});
    }
    return document;
}

Result<http::Response> list_conductors(const Call& call, const RouteContext& context) {
    Json list = Json::array();
    const auto now = context.with.clock.wall();
    for (const auto& record : TRY(context.with.store.conductors())) {
        list.push_back(conductor_document(call, record, now, call.query.contains("detail")));
    }
    return json_reply(200, {{"conductors", std::move(list)}});
}

Result<http::Response> show_conductor(const Call& call, const RouteContext& context) {
    const auto name = call.path.find("conductor")->second;
    for (const auto& record : TRY(context.with.store.conductors())) {
        if (record.name == name) {
            return json_reply(200, conductor_document(call, record, context.with.clock.wall(), true));
        }
    }
    return base::not_found("Conductor " + name + " could not be found.");
}

Result<http::Response> healthy(const Call&) {
    http::Response response;
    response.headers.add("Content-Type", "text/plain");
    response.body = "OK\n";
    return response;
}

Action empty_list(const char* name) {
    return direct([name](const Call&) -> Result<http::Response> {
        return json_reply(200, Json::object({{name, Json::array()}}));
    });
}

}  // namespace

std::vector<Route> root_routes(const RouteContext& context) {
    const auto with = [context](Result<http::Response> (*answer)(const Call&, const RouteContext&)) {
        return direct([context, answer](const Call& call) { return answer(call, context); });
    };
    const auto metrics = [context](const Call&) -> Result<http::Response> {
        http::Response response;
        response.headers.add("Content-Type", "text/plain; version=0.0.4");
        response.body = context.with.metrics();
        return response;
    };
    const auto drivers = [context](const Call& call) -> Result<http::Response> {
        return json_reply(200, {{"drivers", Json::array({driver_document(call, context.options.conductor_name)})}});
    };
    return {{"GET", "/", 1, direct(show_root)},
            {"GET", "/v1", 1, direct(show_v1)},
            {"GET", "/healthz", 1, direct(healthy)},
            {"GET", "/healthcheck", 1, direct(healthy)},
            {"GET", "/metrics", 1, direct(metrics)},
            {"GET", "/v1/drivers", 1, direct(drivers)},
            {"GET", "/v1/drivers/{driver}", 1, with(show_driver)},
            {"GET", "/v1/drivers/{driver}/properties", 1, direct(driver_properties)},
            {"GET", "/v1/conductors", 49, with(list_conductors)},
            {"GET", "/v1/conductors/{conductor}", 49, with(show_conductor)},
            {"GET", "/v1/chassis", 1, empty_list("chassis")},
            {"GET", "/v1/portgroups", 23, empty_list("portgroups")},
            {"GET", "/v1/allocations", 52, empty_list("allocations")},
            {"GET", "/v1/deploy_templates", 55, empty_list("deploy_templates")}};
}

}  // namespace isolde::conductor::api
