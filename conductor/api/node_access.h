// SPDX-License-Identifier: GPL-3.0-or-later
//
// What all routes below /v1/nodes/{node} need.
#pragma once

#include "conductor/api/node_document.h"
#include "conductor/api/routes.h"

#include <functional>

namespace isolde::conductor::api {

/// The node named in the path. Errors: NotFound with Ironic's text.
base::Result<Node> find_node(const Call& call, const RouteContext& context);
/// Writes what `edit` makes of the node of the path, and gives it; when somebody else wrote the node meanwhile, of what
/// is there now. Errors: as find_node and `edit`; Conflict when it is changed again and again, or a name is taken.
base::Result<Node> edit_node(const Call& call, const RouteContext& context,
                             const std::function<base::Result<Node>(const Node&)>& edit);
NodeView view_of(const Call& call, const RouteContext& context);
/// The conductor that works on the node now.
base::Result<std::optional<std::string>> reservation_of(const Node& node, const RouteContext& context);
base::Result<base::Json> document_of(const Node& node, const Call& call, const RouteContext& context);

}  // namespace isolde::conductor::api
