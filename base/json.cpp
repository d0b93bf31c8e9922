// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/json.h"

#include <algorithm>
#include <set>

namespace isolde::base {
namespace {

/// Watches a parse for a key that its object has already.
class KeyWatch {
  public:
    bool operator()(Json::parse_event_t event, Json& parsed) {
        if (event == Json::parse_event_t::object_start) {
            keys_.emplace_back();
        } else if (event == Json::parse_event_t::object_end) {
            keys_.pop_back();
        } else if (event == Json::parse_event_t::key) {
            note_key(parsed.get_ref<const std::string&>());
        }
        return true;
    }

    std::optional<Error> problem() { return std::move(problem_); }

  private:
    void note_key(const std::string& key) {
        if (!keys_.back().insert(key).second && !problem_) {
            problem_ = invalid_argument("JSON has the member '" + key.substr(0, 80) + "' twice in one object");
        }
    }

    std::vector<std::set<std::string>> keys_;
    std::optional<Error> problem_;
};

/// Nesting is counted before parsing: the parser's own recursion must never see a hostile depth.
bool too_deep(std::string_view text, int limit) {
    int depth = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (in_string) {
            if (c == '\\') {
                ++i;
            } else if (c == '"') {
                in_string = false;
            }
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > limit) return true;
        } else if (c == '}' || c == ']') {
            --depth;
        }
    }
    return false;
}

Error wrong_type(const std::string& pointer, const char* wanted, const Json& found) {
    return invalid_argument(pointer + " must be " + wanted + ", not " + found.type_name());
}

Error missing(const std::string& pointer) {
    return invalid_argument(pointer + " is missing");
}

template <typename T>
Result<T> required(Result<std::optional<T>> found, const std::string& pointer) {
    auto value = TRY(std::move(found));
    if (!value.has_value()) {
        return missing(pointer);
    }
    return std::move(*value);
}

std::optional<bool> boolean_of(const Json& value) {
    if (value.is_boolean()) return value.get<bool>();
    if (value.is_number_integer() && value == 1) return true;
    if (value.is_number_integer() && value == 0) return false;
    if (!value.is_string()) return std::nullopt;
    std::string text = value.get<std::string>();
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
    if (text == "true" || text == "1") return true;
    if (text == "false" || text == "0") return false;
    return std::nullopt;
}

}  // namespace

Result<Json> parse_json(std::string_view text, const JsonLimits& limits) {
    if (text.size() > limits.size.bytes()) {
        return exhausted("JSON of " + to_string(ByteCount(text.size())) + " is larger than the limit of " +
                         to_string(limits.size));
    }
    if (too_deep(text, limits.depth)) {
        return exhausted("JSON is nested deeper than " + std::to_string(limits.depth) + " levels");
    }
    try {
        if (limits.allow_duplicate_keys) {
            return Json::parse(text);
        }
        KeyWatch watch;
        Json value =
            Json::parse(text, [&watch](int, Json::parse_event_t event, Json& parsed) { return watch(event, parsed); });
        if (auto problem = watch.problem()) {
            return std::move(*problem);
        }
        return value;
    } catch (const Json::parse_error& error) {
        return invalid_argument("not JSON: syntax error at byte " + std::to_string(error.byte));
    } catch (const Json::exception&) {
        return invalid_argument("not JSON: a value is out of range");
    }
}

std::string dump_json(const Json& value, int indent) {
    return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

const Json* JsonReader::find(std::string_view name) const {
    if (!value_.is_object()) {
        return nullptr;
    }
    const auto member = value_.find(name);
    return member == value_.end() || member->is_null() ? nullptr : &*member;
}

std::string JsonReader::child(std::string_view name) const {
    std::string path = pointer_ + "/";
    for (const char c : name) {
        path += c == '~' ? std::string("~0") : c == '/' ? std::string("~1") : std::string(1, c);
    }
    return path;
}

bool JsonReader::has(std::string_view name) const {
    return find(name) != nullptr;
}

Result<std::string> JsonReader::string(std::string_view name) const {
    return required(optional_string(name), child(name));
}
Result<std::int64_t> JsonReader::integer(std::string_view name) const {
    return required(optional_integer(name), child(name));
}
Result<bool> JsonReader::boolean(std::string_view name) const {
    return required(optional_boolean(name), child(name));
}
Result<JsonReader> JsonReader::object(std::string_view name) const {
    const Json* value = find(name);
    if (value == nullptr) {
        return missing(child(name));
    }
    if (!value->is_object()) {
        return wrong_type(child(name), "an object", *value);
    }
    return JsonReader(*value, child(name));
}

Result<std::vector<JsonReader>> JsonReader::array(std::string_view name) const {
    const Json* value = find(name);
    if (value == nullptr) {
        return missing(child(name));
    }
    if (!value->is_array()) {
        return wrong_type(child(name), "an array", *value);
    }
    std::vector<JsonReader> items;
    for (std::size_t i = 0; i < value->size(); ++i) {
        items.emplace_back((*value)[i], child(name) + "/" + std::to_string(i));
    }
    return items;
}

Result<std::optional<std::string>> JsonReader::optional_string(std::string_view name) const {
    const Json* value = find(name);
    if (value == nullptr) {
        return std::optional<std::string>();
    }
    if (!value->is_string()) {
        return wrong_type(child(name), "a string", *value);
    }
    return std::optional(value->get<std::string>());
}

Result<std::optional<std::int64_t>> JsonReader::optional_integer(std::string_view name) const {
    const Json* value = find(name);
    if (value == nullptr) {
        return std::optional<std::int64_t>();
    }
    if (!value->is_number_integer() ||
        (value->is_number_unsigned() && value->get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX))) {
        return wrong_type(child(name), "an integer", *value);
    }
    return std::optional(value->get<std::int64_t>());
}

Result<std::optional<bool>> JsonReader::optional_boolean(std::string_view name) const {
    const Json* value = find(name);
    if (value == nullptr) {
        return std::optional<bool>();
    }
    const auto boolean = boolean_of(*value);
    if (!boolean) {
        return wrong_type(child(name), "true or false", *value);
    }
    return boolean;
}

Result<std::optional<JsonReader>> JsonReader::optional_object(std::string_view name) const {
    if (!has(name)) {
        return std::optional<JsonReader>();
    }
    return std::optional<JsonReader>(TRY(object(name)));
}

Result<std::string> JsonReader::as_string() const {
    if (!value_.is_string()) {
        return wrong_type(pointer_, "a string", value_);
    }
    return value_.get<std::string>();
}

Result<std::vector<std::string>> JsonReader::as_strings() const {
    if (!value_.is_array()) {
        return wrong_type(pointer_, "an array of strings", value_);
    }
    std::vector<std::string> strings;
    for (std::size_t i = 0; i < value_.size(); ++i) {
        strings.push_back(TRY(JsonReader(value_[i], pointer_ + "/" + std::to_string(i)).as_string()));
    }
    return strings;
}

Result<void> JsonReader::only(std::initializer_list<std::string_view> known) const {
    if (!value_.is_object()) {
        return wrong_type(pointer_.empty() ? "the document" : pointer_, "an object", value_);
    }
    for (const auto& [name, member] : value_.items()) {
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            return invalid_argument(child(name) + " is not known here");
        }
    }
    return {};
}

}  // namespace isolde::base
