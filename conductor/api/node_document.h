// SPDX-License-Identifier: GPL-3.0-or-later
//
// A node as the API shows and takes it: which fields exist from which version on, their defaults, masking, JSON patch.
// Pure.
#pragma once

#include "base/json.h"
#include "base/result.h"
#include "conductor/node/node.h"

#include <optional>
#include <string>
#include <vector>

namespace isolde::conductor::api {

struct NodeView {
    int minor = 1;
    std::string base_url;
    std::string conductor;                   ///< this conductor's name
    std::optional<std::string> reservation;  ///< who holds the node
    std::vector<std::string> fields;         ///< empty: all
};

/// The node document; secrets masked, fields newer than the version left out.
base::Json node_document(const Node& node, const NodeView& view);
/// The columns of a plain list.
const std::vector<std::string>& list_fields();

/// Errors: InvalidArgument for a name that is no field; Unsupported ("Request not acceptable.") for one newer than the
/// version.
base::Result<void> check_fields(const std::vector<std::string>& fields, int minor);

/// A new node from the body of POST /v1/nodes. Errors: InvalidArgument, Unsupported for fields newer than the version.
base::Result<Node> node_from_create(const base::Json& body, int minor);

/// Applies RFC 6902 operations one after the other, as Ironic does: `add` replaces, `remove` of a root attribute resets
/// it, values that equal the mask keep what is stored. Errors: InvalidArgument with Ironic's texts, Conflict
/// (instance_uuid), Unsupported (fields newer than the version).
base::Result<Node> patch_node(const Node& node, const base::Json& patch, int minor);

/// True for keys whose values are never shown: "redfish_password", "configdrive", …
bool is_secret_key(const std::string& key);
/// The same structure with secrets replaced by the mask, also presets and inject_files that are secret, and user-info
/// in URLs.
base::Json masked(const base::Json& value);

base::Json links_of(const std::string& base_url, const std::string& path);

}  // namespace isolde::conductor::api
