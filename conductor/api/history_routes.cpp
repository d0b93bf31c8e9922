// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/api/node_access.h"
#include "conductor/api/reply.h"
#include "conductor/api/routes.h"

namespace isolde::conductor::api {
namespace {

using base::Json;
using base::Result;

Json entry_document(const HistoryEntry& entry, const Call& call, bool detail) {
    Json document = {{"uuid", entry.id},
                     {"created_at", base::to_iso8601(entry.created_at)},
                     {"severity", entry.severity},
                     {"event", entry.event},
                     {"links", links_of(call.base_url, "nodes/" + entry.node.str() + "/history/" + entry.id)}};
    if (detail) {
        document["event_type"] = entry.event_type;
        document["conductor"] = entry.conductor;
        document["user"] = nullptr;
    }
    return document;
}

Result<http::Response> list(const Call& call, const RouteContext& context, bool detail) {
    const Node node = TRY(find_node(call, context));
    Json entries = Json::array();
    const bool wanted = detail || call.query.contains("detail");
    for (const HistoryEntry& entry : TRY(context.with.store.history(node.id))) {
        entries.push_back(entry_document(entry, call, wanted));
    }
    return json_reply(200, {{"history", std::move(entries)}});
}

Result<http::Response> show(const Call& call, const RouteContext& context) {
    const Node node = TRY(find_node(call, context));
    const auto entry = TRY(context.with.store.history_entry(node.id, call.path.find("entry")->second));
    return json_reply(200, entry_document(entry, call, true));
}

}  // namespace

std::vector<Route> history_routes(const RouteContext& context) {
    const auto listing = [context](bool detail) {
        return direct([context, detail](const Call& call) { return list(call, context, detail); });
    };
    return {{"GET", "/v1/nodes/{node}/history", 78, listing(false)},
            // The command-line client asks for this path, which Ironic itself does not know.
            {"GET", "/v1/nodes/{node}/history/detail", 78, listing(true)},
            {"GET", "/v1/nodes/{node}/history/{entry}", 78,
             direct([context](const Call& call) { return show(call, context); })}};
}

}  // namespace isolde::conductor::api
