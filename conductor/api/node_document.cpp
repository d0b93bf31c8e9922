// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/api/node_document.h"

#include "base/secret.h"
#include "conductor/api/node_fields.h"

#include <algorithm>

namespace isolde::conductor::api {
namespace {

base::Json or_null(const std::string& text) {
    return text.empty() ? base::Json(nullptr) : base::Json(text);
}

base::Json or_null(const std::optional<base::WallTime>& time) {
    return time ? base::Json(base::to_iso8601(*time)) : base::Json(nullptr);
}

std::string without_user_info(const std::string& url) {
    const auto scheme = url.find("://");
    if (scheme == std::string::npos) {
        return url;
    }
    const auto end = url.find('/', scheme + 3);
    const auto at = url.rfind('@', end);
    if (at == std::string::npos || at < scheme + 3) {
        return url;
    }
    return url.substr(0, scheme + 3) + base::kMask + url.substr(at);
}

/// Step documents: what the engine does now, in Ironic's shape.
base::Json step_document(const Node& node, ProvisionState a, ProvisionState b) {
    if (node.provision_state != a && node.provision_state != b) {
        return base::Json::object();
    }
    return {{"interface", "deploy"}, {"step", "deploy"}, {"priority", 100}};
}

void put_core(base::Json& document, const Node& node, const NodeView& view) {
    const auto target = target_of(node.provision_state);
    document["uuid"] = node.id.str();
    document["name"] = or_null(node.name);
    document["driver"] = node.driver;
    document["driver_info"] = masked(node.driver_info);
    document["driver_internal_info"] = masked(node.driver_internal_info);
    document["instance_info"] = masked(node.instance_info);
    document["instance_uuid"] = or_null(node.instance_uuid);
    document["properties"] = node.properties;
    document["extra"] = node.extra;
    document["conductor_group"] = node.conductor_group;
    document["conductor"] = view.conductor;
    document["provision_state"] = to_string(node.provision_state);
    document["target_provision_state"] = target ? base::Json(to_string(*target)) : base::Json(nullptr);
    document["power_state"] = or_null(node.power_state);
    document["target_power_state"] = or_null(node.target_power_state);
    document["maintenance"] = node.maintenance;
    document["maintenance_reason"] = or_null(node.maintenance_reason);
    document["fault"] = or_null(node.fault);
    document["last_error"] = or_null(node.last_error);
    document["reservation"] = view.reservation ? base::Json(*view.reservation) : base::Json(nullptr);
    document["created_at"] = base::to_iso8601(node.created_at);
    document["updated_at"] = or_null(node.updated_at);
    document["provision_updated_at"] = or_null(node.provision_updated_at);
    document["deploy_step"] = step_document(node, ProvisionState::Deploying, ProvisionState::WaitCallBack);
    if (view.minor < 2 && node.provision_state == ProvisionState::Available) {
        document["provision_state"] = nullptr;
    }
}

void put_attributes(base::Json& document, const Node& node) {
    for (const NodeField& field : node_fields()) {
        if (field.kind != FieldKind::Core && field.kind != FieldKind::Link) {
            document[field.name] = node.attributes.value(field.name, field.default_value);
        }
    }
}

void put_links(base::Json& document, const Node& node, const NodeView& view) {
    const std::string path = "nodes/" + node.id.str();
    document["links"] = links_of(view.base_url, path);
    for (const char* name : {"ports", "portgroups", "states", "volume"}) {
        document[name] = links_of(view.base_url, path + "/" + name);
    }
}

base::Error not_acceptable() {
    return base::unsupported("Request not acceptable.");
}

}  // namespace

base::Json links_of(const std::string& base_url, const std::string& path) {
    return base::Json::array({{{"href", base_url + "/v1/" + path}, {"rel", "self"}},
                              {{"href", base_url + "/" + path}, {"rel", "bookmark"}}});
}

base::Json node_document(const Node& node, const NodeView& view) {
    base::Json document = base::Json::object();
    put_attributes(document, node);
    put_core(document, node, view);
    put_links(document, node, view);
    for (const NodeField& field : node_fields()) {
        const bool wanted = view.fields.empty() || field.name == "links" ||
                            std::find(view.fields.begin(), view.fields.end(), field.name) != view.fields.end();
        if (!wanted || field.minimum_minor > view.minor) {
            document.erase(field.name);
        }
    }
    return document;
}

const std::vector<std::string>& list_fields() {
    static const std::vector<std::string> kFields{"uuid",        "instance_uuid",   "maintenance",
                                                  "power_state", "provision_state", "name"};
    return kFields;
}

base::Result<void> check_fields(const std::vector<std::string>& fields, int minor) {
    for (const std::string& name : fields) {
        const NodeField* field = find_node_field(name);
        if (field == nullptr) {
            return base::invalid_argument("Field(s) \"" + name + "\" are not valid.");
        }
        if (field->minimum_minor > minor) {
            return not_acceptable();
        }
    }
    return {};
}

bool is_secret_key(const std::string& key) {
    return key.find("password") != std::string::npos || key.find("secret_key") != std::string::npos ||
           key.find("token") != std::string::npos || key == "configdrive";
}

namespace {

/// One of inject_files says so; one of presets is, unless it says otherwise.
bool is_secret_file(const base::Json& object) {
    const auto said = object.find("secret");
    if (said == object.end() || said->is_null()) {
        return object.contains("kind") && !object.contains("path");
    }
    return *said != false && *said != 0 && *said != "false";
}

bool holds_content(const std::string& key) {
    return key == "content" || key == "content_base64" || key == "meta_data" || key == "meta_data_base64";
}

}  // namespace

base::Json masked(const base::Json& value) {
    if (value.is_string()) {
        return without_user_info(value.get_ref<const std::string&>());
    }
    if (value.is_array()) {
        base::Json copy = base::Json::array();
        for (const auto& item : value) {
            copy.push_back(masked(item));
        }
        return copy;
    }
    if (!value.is_object()) {
        return value;
    }
    base::Json copy = base::Json::object();
    const bool secret_file = is_secret_file(value);
    for (const auto& [key, member] : value.items()) {
        const bool hidden = is_secret_key(key) || (secret_file && holds_content(key));
        copy[key] = hidden && !member.is_null() ? base::Json(base::kMask) : masked(member);
    }
    return copy;
}

}  // namespace isolde::conductor::api
