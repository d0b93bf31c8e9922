// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/api/node_access.h"
#include "conductor/api/node_document.h"
#include "conductor/api/reply.h"
#include "conductor/api/routes.h"
#include "conductor/engine/verbs.h"

#include <charconv>

namespace isolde::conductor::api {
namespace {

using base::Json;
using base::Result;

constexpr std::size_t kPageLimit = 1000;
constexpr int kEditAttempts = 5;

std::optional<std::string> value_of(const Call& call, std::string_view name) {
    const auto found = call.query.find(name);
    return found == call.query.end() ? std::nullopt : std::optional(found->second);
}

Result<std::optional<bool>> flag_of(const Call& call, std::string_view name) {
    const auto text = value_of(call, name);
    if (!text) {
        return std::optional<bool>();
    }
    const Json holder = {{"value", *text}};
    auto flag = base::JsonReader(holder).boolean("value");
    if (!flag.ok()) {
        return base::invalid_argument("Invalid input for query parameter '" + std::string(name) + "': '" + *text + "'");
    }
    return std::optional(*flag);
}

std::vector<std::string> split_fields(const std::string& text) {
    std::vector<std::string> fields;
    std::size_t begin = 0;
    while (begin < text.size()) {
        const auto end = std::min(text.find(',', begin), text.size());
        fields.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return fields;
}

Result<std::size_t> limit_of(const Call& call) {
    const auto text = value_of(call, "limit");
    if (!text) {
        return kPageLimit;
    }
    long limit = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), limit);
    if (error != std::errc{} || end != text->data() + text->size() || limit <= 0) {
        return base::invalid_argument("Limit must be positive");
    }
    return std::min<std::size_t>(static_cast<std::size_t>(limit), kPageLimit);
}

Result<NodeFilter> filter_of(const Call& call) {
    NodeFilter filter;
    filter.maintenance = TRY(flag_of(call, "maintenance"));
    filter.associated = TRY(flag_of(call, "associated"));
    filter.instance_uuid = value_of(call, "instance_uuid");
    filter.driver = value_of(call, "driver");
    filter.conductor_group = value_of(call, "conductor_group");
    filter.limit = TRY(limit_of(call));
    filter.after = base::NodeId(value_of(call, "marker").value_or(""));
    if (const auto state = value_of(call, "provision_state")) {
        filter.provision_state = TRY(parse_provision_state(*state));
    }
    return filter;
}

std::string next_link(const Call& call, const NodeFilter& filter, const Node& last, const std::string& path) {
    std::string link = call.base_url + path + "?";
    for (const auto& [name, value] : call.query) {
        if (name != "marker" && name != "limit") {
            link.append(name).append("=").append(value).append("&");
        }
    }
    return link + "limit=" + std::to_string(filter.limit) + "&marker=" + last.id.str();
}

Result<http::Response> list_nodes(const Call& call, const RouteContext& context, bool detail) {
    const NodeFilter filter = TRY(filter_of(call));
    NodeView view = view_of(call, context);
    if (const auto fields = value_of(call, "fields")) {
        view.fields = split_fields(*fields);
        TRY(check_fields(view.fields, call.minor));
    } else if (!detail && !TRY(flag_of(call, "detail")).value_or(false)) {
        view.fields = list_fields();
    }
    Json list = Json::array();
    const auto nodes = TRY(context.with.store.list_nodes(filter));
    for (const Node& node : nodes) {
        view.reservation = TRY(reservation_of(node, context));
        list.push_back(node_document(node, view));
    }
    Json document = {{"nodes", std::move(list)}};
    if (nodes.size() == filter.limit) {
        document["next"] = next_link(call, filter, nodes.back(), call.request.path);
        // gophercloud looks for the list's links, not for "next".
        document["nodes_links"] = Json::array({{{"href", document["next"]}, {"rel", "next"}}});
    }
    return json_reply(200, document);
}

Result<http::Response> create_node(const Call& call, const RouteContext& context) {
    Node node = TRY(node_from_create(TRY(call.json()), call.minor));
    if (node.id.empty()) {
        node.id = base::NodeId(context.with.random.uuid());
    }
    // Clients older than enrolment expect a new node to be available at once.
    node.provision_state = call.minor < 11 ? ProvisionState::Available : ProvisionState::Enroll;
    node.created_at = context.with.clock.wall();
    Change change;
    change.node = node;
    change.new_node = true;
    TRY(context.with.store.apply(change));
    http::Response response = json_reply(201, TRY(document_of(node, call, context)));
    response.headers.add("Location", call.base_url + "/v1/nodes/" + node.id.str());
    return response;
}

Result<http::Response> show_node(const Call& call, const RouteContext& context) {
    const Node node = TRY(find_node(call, context));
    NodeView view = view_of(call, context);
    if (const auto fields = value_of(call, "fields")) {
        view.fields = split_fields(*fields);
        TRY(check_fields(view.fields, call.minor));
    }
    view.reservation = TRY(reservation_of(node, context));
    return json_reply(200, node_document(node, view));
}

bool frees_the_instance(const Json& patch) {
    return patch.is_array() && patch.size() == 1 && patch[0].value("op", "") == "remove" &&
           patch[0].value("path", "") == "/instance_uuid";
}

Result<void> check_may_patch(const Node& node, const Json& patch) {
    const bool excused = node.maintenance || frees_the_instance(patch);
    if (is_transient(node.provision_state) && !allows_update(node.provision_state) && !excused) {
        return base::conflict("Node " + node.id.str() + " can not be updated while a state transition is in progress.");
    }
    return {};
}

Result<http::Response> patch_one(const Call& call, const RouteContext& context) {
    const Json patch = TRY(call.json());
    const Node changed = TRY(edit_node(call, context, [&](const Node& node) -> Result<Node> {
        TRY(check_may_patch(node, patch));
        return patch_node(node, patch, call.minor);
    }));
    return json_reply(200, TRY(document_of(changed, call, context)));
}

Result<http::Response> delete_node(const Call& call, const RouteContext& context) {
    TRY(context.with.engine.forget(TRY(find_node(call, context)).id.str()));
    return empty_reply(204);
}

}  // namespace

Result<Node> find_node(const Call& call, const RouteContext& context) {
    const std::string& name = call.path.find("node")->second;
    auto node = context.with.store.find_node(name);
    if (!node.ok() && node.error().kind == base::ErrorKind::NotFound) {
        return base::not_found("Node " + name + " could not be found.");
    }
    return node;
}

Result<Node> edit_node(const Call& call, const RouteContext& context,
                       const std::function<Result<Node>(const Node&)>& edit) {
    for (int attempt = 1;; ++attempt) {
        const Node node = TRY(find_node(call, context));
        Change change;
        change.node = TRY(edit(node));
        change.node->updated_at = context.with.clock.wall();
        auto written = context.with.store.apply(change);
        if (written.ok()) {
            return std::move(*change.node);
        }
        const auto now = TRY(context.with.store.node(node.id));
        const bool lost_race = now.version != node.version;
        if (!lost_race || attempt == kEditAttempts) {
            return std::move(written).error();
        }
    }
}

NodeView view_of(const Call& call, const RouteContext& context) {
    NodeView view;
    view.minor = call.minor;
    view.base_url = call.base_url;
    view.conductor = context.options.conductor_name;
    return view;
}

Result<std::optional<std::string>> reservation_of(const Node& node, const RouteContext& context) {
    for (const Lane lane : {Lane::Provision, Lane::Power}) {
        const auto operation = TRY(context.with.store.operation(node.id, lane));
        if (operation && holds_node(*operation)) {
            return std::optional(operation->owner.empty() ? context.options.conductor_name : operation->owner);
        }
    }
    return std::optional<std::string>();
}

Result<Json> document_of(const Node& node, const Call& call, const RouteContext& context) {
    NodeView view = view_of(call, context);
    view.reservation = TRY(reservation_of(node, context));
    return node_document(node, view);
}

std::vector<Route> node_routes(const RouteContext& context) {
    const auto with = [context](Result<http::Response> (*answer)(const Call&, const RouteContext&)) {
        return direct([context, answer](const Call& call) { return answer(call, context); });
    };
    const auto listing = [context](bool detail) {
        return direct([context, detail](const Call& call) { return list_nodes(call, context, detail); });
    };
    return {{"GET", "/v1/nodes", 1, listing(false)},           {"GET", "/v1/nodes/detail", 1, listing(true)},
            {"POST", "/v1/nodes", 1, with(create_node)},       {"GET", "/v1/nodes/{node}", 1, with(show_node)},
            {"PATCH", "/v1/nodes/{node}", 1, with(patch_one)}, {"DELETE", "/v1/nodes/{node}", 1, with(delete_node)}};
}

}  // namespace isolde::conductor::api
