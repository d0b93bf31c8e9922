// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/api/node_access.h"
#include "conductor/api/reply.h"
#include "conductor/api/routes.h"

#include <algorithm>
#include <array>

namespace isolde::conductor::api {
namespace {

using base::Json;
using base::Result;

Json port_document(const Port& port, const Call& call, bool detail) {
    Json document = {{"uuid", port.id}, {"address", port.address}, {"links", links_of(call.base_url, "ports/" + port.id)}};
    if (!detail) {
        return document;
    }
    document["node_uuid"] = port.node.str();
    document["created_at"] = base::to_iso8601(port.created_at);
    document["updated_at"] = port.updated_at ? Json(base::to_iso8601(*port.updated_at)) : Json(nullptr);
    document["extra"] = port.attributes.value("extra", Json::object());
    document["internal_info"] = Json::object();
    document["is_smartnic"] = false;
    document["local_link_connection"] = port.attributes.value("local_link_connection", Json::object());
    document["physical_network"] = port.attributes.value("physical_network", Json(nullptr));
    document["pxe_enabled"] = port.attributes.value("pxe_enabled", Json(true));
    document["portgroup_uuid"] = nullptr;
    return document;
}

Result<std::string> mac_address(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
    bool good = text.size() == 17;
    for (std::size_t i = 0; good && i < text.size(); ++i) {
        good = i % 3 == 2 ? text[i] == ':' : std::isxdigit(static_cast<unsigned char>(text[i])) != 0;
    }
    if (!good) {
        return base::invalid_argument("/address must be a MAC address such as 52:54:00:12:34:56, not '" + text + "'");
    }
    return text;
}

Result<http::Response> create(const Call& call, const RouteContext& context) {
    const Json body = TRY(call.json());
    const base::JsonReader reader(body);
    const Node node = TRY(context.with.store.find_node(TRY(reader.string("node_uuid"))));
    Port port;
    port.id = TRY(reader.optional_string("uuid")).value_or(context.with.random.uuid());
    port.node = node.id;
    port.address = TRY(mac_address(TRY(reader.string("address"))));
    port.created_at = context.with.clock.wall();
    for (const char* name : {"extra", "local_link_connection", "physical_network", "pxe_enabled"}) {
        if (reader.has(name)) {
            port.attributes[name] = body[name];
        }
    }
    Change change;
    change.put_ports.push_back(port);
    TRY(context.with.store.apply(change));
    http::Response response = json_reply(201, port_document(port, call, true));
    response.headers.add("Location", call.base_url + "/v1/ports/" + port.id);
    return response;
}

Result<std::vector<Port>> selected_ports(const Call& call, const RouteContext& context) {
    for (const char* name : {"node", "node_uuid"}) {
        if (const auto wanted = call.query.find(name); wanted != call.query.end()) {
            return context.with.store.ports(TRY(context.with.store.find_node(wanted->second)).id);
        }
    }
    const auto address = call.query.find("address");
    return context.with.store.list_ports(address == call.query.end() ? "" : TRY(mac_address(address->second)));
}

Result<http::Response> list(const Call& call, const RouteContext& context, bool detail) {
    Json ports = Json::array();
    const auto fields = call.query.find("fields");
    for (const Port& port : TRY(selected_ports(call, context))) {
        Json document = port_document(port, call, detail || fields != call.query.end());
        ports.push_back(std::move(document));
    }
    return json_reply(200, {{"ports", std::move(ports)}});
}

Result<http::Response> show(const Call& call, const RouteContext& context) {
    return json_reply(200, port_document(TRY(context.with.store.port(call.path.find("port")->second)), call, true));
}

Result<http::Response> remove(const Call& call, const RouteContext& context) {
    const Port port = TRY(context.with.store.port(call.path.find("port")->second));
    Change change;
    change.delete_ports.push_back(port.id);
    TRY(context.with.store.apply(change));
    return empty_reply(204);
}

Result<http::Response> list_of_node(const Call& call, const RouteContext& context) {
    Json ports = Json::array();
    for (const Port& port : TRY(context.with.store.ports(TRY(find_node(call, context)).id))) {
        ports.push_back(port_document(port, call, false));
    }
    return json_reply(200, {{"ports", std::move(ports)}});
}

}  // namespace

std::vector<Route> port_routes(const RouteContext& context) {
    const auto with = [context](Result<http::Response> (*answer)(const Call&, const RouteContext&)) {
        return direct([context, answer](const Call& call) { return answer(call, context); });
    };
    const auto listing = [context](bool detail) {
        return direct([context, detail](const Call& call) { return list(call, context, detail); });
    };
    return {{"GET", "/v1/ports", 1, listing(false)},
            {"GET", "/v1/ports/detail", 1, listing(true)},
            {"POST", "/v1/ports", 1, with(create)},
            {"GET", "/v1/ports/{port}", 1, with(show)},
            {"DELETE", "/v1/ports/{port}", 1, with(remove)},
            {"GET", "/v1/nodes/{node}/ports", 1, with(list_of_node)}};
}

}  // namespace isolde::conductor::api
