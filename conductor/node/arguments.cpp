// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/node/arguments.h"

#include "conductor/node/deployment_fields.h"

#include <algorithm>

namespace isolde::conductor {
namespace {

using base::Result;
using Words = std::vector<std::string>;

constexpr std::string_view kDefaultWord = "%default%";

/// What the kernel's isspace() takes as a separator.
bool is_blank(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

bool is_control(char c) {
    const auto code = static_cast<unsigned char>(c);
    return (code < 0x20 && !is_blank(c)) || code == 0x7f;
}

/// Errors never show the text: arguments carry tokens and password hashes.
Result<void> check_text(const std::string& text, const std::string& field) {
    if (std::any_of(text.begin(), text.end(), is_control)) {
        return base::invalid_argument(field + " has a control character");
    }
    if (std::count(text.begin(), text.end(), '"') % 2 != 0) {
        return base::invalid_argument(field + " has a double quote that is not closed");
    }
    return {};
}

Result<Words> read_list(const base::Json& items, const std::string& field) {
    Words words;
    for (std::size_t i = 0; i < items.size(); ++i) {
        const std::string name = field + "/" + std::to_string(i);
        std::string word = TRY(base::JsonReader(items[i], name).as_string());
        TRY(check_text(word, name));
        if (split_arguments(word) != Words{word}) {
            return base::invalid_argument(name + " is not one argument: give one item for each, and double quotes " +
                                          "around blanks that belong to an argument");
        }
        words.push_back(std::move(word));
    }
    return words;
}

}  // namespace

std::vector<std::string> split_arguments(const std::string& text) {
    Words words;
    std::string word;
    bool quoted = false;
    for (const char c : text) {
        if (c == '"') quoted = !quoted;
        if (quoted || !is_blank(c)) {
            word += c;
        } else if (!word.empty()) {
            words.push_back(std::exchange(word, {}));
        }
    }
    if (!word.empty()) words.push_back(std::move(word));
    return words;
}

Result<Words> read_arguments(const base::Json& value, const std::string& field) {
    if (value.is_null()) return Words{};
    if (value.is_array()) return read_list(value, field);
    if (!value.is_string()) {
        return base::invalid_argument(field + " must be a string or an array of strings, not " + value.type_name());
    }
    const auto& text = value.get_ref<const std::string&>();
    TRY(check_text(text, field));
    return split_arguments(text);
}

Result<Words> expand_defaults(Words words, const Words& defaults, const std::string& field) {
    Words expanded;
    for (auto& word : words) {
        if (word == kDefaultWord) {
            expanded.insert(expanded.end(), defaults.begin(), defaults.end());
        } else if (word.find(kDefaultWord) != std::string::npos) {
            return base::invalid_argument(field + ": %default% must be a word of its own");
        } else {
            expanded.push_back(std::move(word));
        }
    }
    return expanded;
}

}  // namespace isolde::conductor
