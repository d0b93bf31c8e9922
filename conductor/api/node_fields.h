// SPDX-License-Identifier: GPL-3.0-or-later
//
// The table of a node's fields: since which version, how they are kept, what they are when unset.
#pragma once

#include "base/json.h"

#include <string>
#include <vector>

namespace isolde::conductor::api {

enum class FieldKind {
    Core,  ///< a member of Node
    Text,  ///< kept as given: text or null
    Flag,  ///< true, false or null
    Object,
    List,
    Interface,  ///< a driver interface, one of `choices`
    ReadOnly,   ///< shown only
    Link,
};

struct NodeField {
    std::string name;
    int minimum_minor = 1;
    FieldKind kind = FieldKind::Core;
    base::Json default_value;
    std::vector<std::string> choices;  ///< of Interface; the default is default_value
    bool settable = false;             ///< by POST and PATCH
};

const std::vector<NodeField>& node_fields();
/// Null when there is none of that name.
const NodeField* find_node_field(const std::string& name);

}  // namespace isolde::conductor::api
