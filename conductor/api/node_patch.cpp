// SPDX-License-Identifier: GPL-3.0-or-later
//
// What users set of a node: POST bodies and RFC 6902 patches, through one reader of settable fields.
#include "base/secret.h"
#include "conductor/api/node_document.h"
#include "conductor/api/node_fields.h"

#include <algorithm>

namespace isolde::conductor::api {
namespace {

using base::Json;
using base::Result;

base::Error not_acceptable() {
    return base::unsupported("Request not acceptable.");
}

/// The settable fields of a node as one document, secrets in clear: what a patch is applied to.
Json settable_document(const Node& node) {
    Json document = {{"driver", node.driver},
                     {"driver_info", node.driver_info},
                     {"instance_info", node.instance_info},
                     {"properties", node.properties},
                     {"extra", node.extra},
                     {"conductor_group", node.conductor_group},
                     {"maintenance", node.maintenance}};
    document["name"] = node.name.empty() ? Json(nullptr) : Json(node.name);
    document["instance_uuid"] = node.instance_uuid.empty() ? Json(nullptr) : Json(node.instance_uuid);
    for (const auto& [name, value] : node.attributes.items()) {
        document[name] = value;
    }
    return document;
}

Result<std::string> text_field(const std::string& name, const Json& value) {
    if (value.is_null()) {
        return std::string();
    }
    if (!value.is_string()) {
        return base::invalid_argument("/" + name + " must be a string, not " + value.type_name());
    }
    return value.get<std::string>();
}

Result<Json> object_field(const std::string& name, const Json& value) {
    if (value.is_null()) {
        return Json::object();
    }
    if (!value.is_object()) {
        return base::invalid_argument("/" + name + " must be an object, not " + value.type_name());
    }
    return value;
}

Result<std::string> name_field(const Json& value) {
    std::string name = TRY(text_field("name", value));
    const auto allowed = [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '-' || c == '.' || c == '_' || c == '~';
    };
    const bool looks_like_uuid = name.size() == 36 && std::count(name.begin(), name.end(), '-') == 4;
    if (name.size() > 255 || looks_like_uuid || !std::all_of(name.begin(), name.end(), allowed)) {
        return base::invalid_argument("Cannot create node with invalid name '" + name +
                                      "': use letters, digits and -._~, and no UUID");
    }
    return name;
}

Result<Json> attribute_value(const NodeField& field, const Json& value) {
    const auto refuse = [&](const char* wanted) {
        return base::invalid_argument("/" + field.name + " must be " + wanted + ", not " + value.type_name());
    };
    if (value.is_null()) {
        return field.default_value;
    }
    switch (field.kind) {
        case FieldKind::Text:
            if (!value.is_string()) return refuse("a string");
            return value;
        case FieldKind::Flag: {
            const Json holder = {{"value", value}};
            const auto flag = base::JsonReader(holder).boolean("value");
            if (!flag.ok()) return refuse("true or false");
            return Json(*flag);
        }
        case FieldKind::Object:
            if (!value.is_object()) return refuse("an object");
            return value;
        case FieldKind::Interface:
            if (!value.is_string() ||
                std::find(field.choices.begin(), field.choices.end(), value) == field.choices.end()) {
                return base::invalid_argument("Could not find the following interface in the '" + field.name +
                                              "' entrypoint: " + base::dump_json(value) + ". Valid interfaces are " +
                                              base::dump_json(Json(field.choices)) + ".");
            }
            return value;
        default: return refuse("left alone");
    }
}

Result<void> set_core(Node& node, const std::string& name, const Json& value) {
    if (name == "driver") {
        node.driver = TRY(text_field(name, value));
    } else if (name == "name") {
        node.name = TRY(name_field(value));
    } else if (name == "instance_uuid") {
        node.instance_uuid = TRY(text_field(name, value));
    } else if (name == "conductor_group") {
        node.conductor_group = TRY(text_field(name, value));
    } else if (name == "driver_info") {
        node.driver_info = TRY(object_field(name, value));
    } else if (name == "instance_info") {
        node.instance_info = TRY(object_field(name, value));
    } else if (name == "properties") {
        node.properties = TRY(object_field(name, value));
    } else if (name == "extra") {
        node.extra = TRY(object_field(name, value));
    } else if (name == "maintenance") {
        const Json holder = {{"maintenance", value}};
        node.maintenance = TRY(base::JsonReader(holder).boolean("maintenance"));
        if (!node.maintenance) {
            node.maintenance_reason.clear();
        }
    } else if (name == "uuid") {
        node.id = base::NodeId(TRY(text_field(name, value)));
    }
    return {};
}

Result<void> set_field(Node& node, const std::string& name, const Json& value) {
    const NodeField* field = find_node_field(name);
    if (field == nullptr || !field->settable) {
        return base::invalid_argument("'" + name + "' is an internal attribute and can not be set");
    }
    if (field->kind == FieldKind::Core) {
        return set_core(node, name, value);
    }
    node.attributes[name] = TRY(attribute_value(*field, value));
    return {};
}

Result<void> check_driver(const Node& node) {
    if (node.driver == "redfish") {
        return {};
    }
    return base::invalid_argument(
        "No valid host was found. Reason: No conductor service registered which supports driver " + node.driver +
        " for conductor group \"" + node.conductor_group + "\".");
}

/// A client that writes back what it was shown must not overwrite a secret by its mask.
void keep_masked(Json& now, const Json& before) {
    if (now == base::kMask) {
        now = before;
    } else if (now.is_object() && before.is_object()) {
        for (auto& [key, value] : now.items()) {
            if (before.contains(key)) {
                keep_masked(value, before[key]);
            }
        }
    } else if (now.is_array() && before.is_array()) {
        for (std::size_t i = 0; i < now.size() && i < before.size(); ++i) {
            keep_masked(now[i], before[i]);
        }
    }
}

std::string root_of(const std::string& path) {
    const auto end = path.find('/', 1);
    return path.substr(1, end == std::string::npos ? std::string::npos : end - 1);
}

Result<void> check_operation(const Json& operation, const std::string& root, int minor) {
    const NodeField* field = find_node_field(root);
    const std::string path = operation.value("path", "");
    if (field == nullptr) {
        return base::invalid_argument("Adding a new attribute (" + path +
                                      ") to the root of the resource is not allowed.");
    }
    if (field->minimum_minor > minor) {
        return not_acceptable();
    }
    if (!field->settable || root == "uuid") {
        return base::invalid_argument("'" + path + "' is an internal attribute and can not be updated");
    }
    return {};
}

std::string python_repr(const Json& operation) {
    std::string text = "{";
    for (const auto& [key, value] : operation.items()) {
        text += (text.size() > 1 ? ", '" : "'") + key + "': ";
        text += value.is_string() ? "'" + value.get<std::string>() + "'" : base::dump_json(value);
    }
    return text + "}";
}

Result<void> apply_operation(Json& document, const Json& operation, int minor) {
    const base::JsonReader reader(operation);
    const std::string path = TRY(reader.string("path"));
    const std::string kind = TRY(reader.string("op"));
    if (path.empty() || path[0] != '/' || (kind != "add" && kind != "remove" && kind != "replace" && kind != "test")) {
        return base::invalid_argument(
            "a patch operation needs op (add, remove, replace, test) and a path such as /extra/key");
    }
    const std::string root = root_of(path);
    TRY(check_operation(operation, root, minor));
    const bool whole_root = path.size() == root.size() + 1;
    if (kind == "remove" && whole_root) {
        document.erase(root);
        return {};
    }
    if (whole_root && kind != "test" && !document.contains(root)) {
        document[root] = nullptr;
    }
    try {
        document = document.patch(Json::array({operation}));
    } catch (const Json::exception&) {
        const auto last = path.substr(path.rfind('/') + 1);
        const std::string reason = kind == "remove" ? "can't remove a non-existent object '" + last + "'"
                                                    : "the path does not exist, or the value differs";
        return base::invalid_argument("Couldn't apply patch '" + python_repr(base::Json(operation)) +
                                      "'. Reason: " + reason);
    }
    return {};
}

Result<void> check_instance_uuid(const Node& before, const Node& after) {
    if (!before.instance_uuid.empty() && !after.instance_uuid.empty() && before.instance_uuid != after.instance_uuid) {
        return base::conflict("Node " + before.id.str() + " is associated with instance " + before.instance_uuid + ".");
    }
    return {};
}

}  // namespace

Result<Node> node_from_create(const Json& body, int minor) {
    if (!body.is_object()) {
        return base::invalid_argument("the request's body must be a JSON object");
    }
    Node node;
    node.driver.clear();
    for (const auto& [name, value] : body.items()) {
        const NodeField* field = find_node_field(name);
        if (field != nullptr && field->minimum_minor > minor && !value.is_null()) {
            return not_acceptable();
        }
        TRY(set_field(node, name, value));
    }
    if (node.driver.empty()) {
        return base::invalid_argument("/driver is missing: 'driver' is a required property");
    }
    TRY(check_driver(node));
    return node;
}

Result<Node> patch_node(const Node& node, const Json& patch, int minor) {
    if (!patch.is_array()) {
        return base::invalid_argument("a PATCH body must be a list of RFC 6902 operations");
    }
    const Json before = settable_document(node);
    Json document = before;
    for (const Json& operation : patch) {
        if (!operation.is_object()) {
            return base::invalid_argument("a PATCH body must be a list of RFC 6902 operations");
        }
        TRY(apply_operation(document, operation, minor));
    }
    keep_masked(document, before);
    Node changed = node;
    changed.attributes = Json::object();
    for (const char* name : {"driver", "name", "instance_uuid", "conductor_group", "driver_info", "instance_info",
                             "properties", "extra"}) {
        TRY(set_core(changed, name, document.value(name, Json(nullptr))));
    }
    for (const auto& [name, value] : document.items()) {
        TRY(set_field(changed, name, value));
    }
    TRY(check_driver(changed));
    TRY(check_instance_uuid(node, changed));
    return changed;
}

}  // namespace isolde::conductor::api
