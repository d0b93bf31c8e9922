// SPDX-License-Identifier: GPL-3.0-or-later
#include "redfish/json_view.h"

#include "http/message.h"

#include <algorithm>

namespace isolde::redfish {
namespace {

std::string scalar_text(const Json& value) {
    if (value.is_string()) return value.get_ref<const std::string&>().substr(0, kMaxText);
    if (value.is_number() || value.is_boolean()) return base::dump_json(value);
    return "";
}

std::string_view without_slash(std::string_view path) {
    return path.size() > 1 && path.ends_with('/') ? path.substr(0, path.size() - 1) : path;
}

}  // namespace

const Json& at(const Json& value, std::string_view name) {
    static const Json kNull;
    if (!value.is_object()) return kNull;
    const auto found = value.find(name);
    return found == value.end() ? kNull : *found;
}

std::string text_at(const Json& value, std::string_view name) {
    return scalar_text(at(value, name));
}

std::optional<bool> flag_at(const Json& value, std::string_view name) {
    const Json& found = at(value, name);
    if (found.is_boolean()) return found.get<bool>();
    const std::string text = scalar_text(found);
    if (http::equal_ignoring_case(text, "true")) return true;
    if (http::equal_ignoring_case(text, "false")) return false;
    return std::nullopt;
}

std::vector<std::string> texts_at(const Json& value, std::string_view name) {
    const Json& found = at(value, name);
    if (found.is_string()) return {scalar_text(found)};
    std::vector<std::string> texts;
    if (!found.is_array()) return texts;
    for (const Json& item : found) {
        if (texts.size() == kMaxItems) break;
        if (std::string text = scalar_text(item); !text.empty()) texts.push_back(std::move(text));
    }
    return texts;
}

std::vector<const Json*> items_of(const Json& value) {
    if (value.is_object()) return {&value};
    std::vector<const Json*> items;
    if (!value.is_array()) return items;
    for (const Json& item : value) {
        if (items.size() == kMaxItems) break;
        if (!item.is_null()) items.push_back(&item);
    }
    return items;
}

std::string link_at(const Json& value, std::string_view name) {
    const Json& found = at(value, name);
    const std::string link = found.is_string() ? scalar_text(found) : text_at(found, "@odata.id");
    return resource_path(link).value_or("");
}

std::optional<std::string> resource_path(std::string_view link) {
    if (const auto scheme = link.find("://"); scheme != std::string_view::npos && link.find('/') > scheme) {
        const auto path = link.find('/', scheme + 3);
        if (path == std::string_view::npos) return std::nullopt;
        link = link.substr(path);
    }
    link = link.substr(0, link.find('#'));
    const auto printable = [](unsigned char c) { return c > 0x20 && c < 0x7f; };
    if (link.empty() || link.front() != '/' || link.size() > kMaxLink) return std::nullopt;
    if (!std::all_of(link.begin(), link.end(), printable)) return std::nullopt;
    return std::string(link);
}

bool same_resource(std::string_view a, std::string_view b) {
    return without_slash(a) == without_slash(b);
}

}  // namespace isolde::redfish
