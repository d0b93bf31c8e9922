// SPDX-License-Identifier: GPL-3.0-or-later
#include "redfish/error_body.h"

#include "http/message.h"

#include <algorithm>
#include <cctype>

namespace isolde::redfish {
namespace {

constexpr std::size_t kMaxMessages = 32;
constexpr std::string_view kExtendedInfo = "@Message.ExtendedInfo";

Message read_message(const Json& value) {
    Message message;
    message.id = text_at(value, "MessageId");
    message.text = text_at(value, "Message");
    message.severity = text_at(value, "MessageSeverity");
    if (message.severity.empty()) message.severity = text_at(value, "Severity");
    message.resolution = text_at(value, "Resolution");
    message.arguments = texts_at(value, "MessageArgs");
    message.related = texts_at(value, "RelatedProperties");
    return message;
}

void collect(const Json& list, std::vector<Message>& messages) {
    for (const Json* item : items_of(list)) {
        if (messages.size() == kMaxMessages) return;
        if (item->is_object()) messages.push_back(read_message(*item));
    }
}

void collect_annotations(const Json& object, std::vector<Message>& messages) {
    if (!object.is_object()) return;
    for (const auto& [name, value] : object.items()) {
        if (name.ends_with(kExtendedInfo)) collect(value, messages);
    }
}

int severity_rank(const Message& message) {
    if (http::equal_ignoring_case(message.severity, "Critical")) return 3;
    if (http::equal_ignoring_case(message.severity, "Warning")) return 2;
    return http::equal_ignoring_case(message.severity, "OK") ? 0 : 1;
}

/// A message that says something beats a more severe one that is only an id.
std::pair<bool, int> telling_rank(const Message& message) {
    return {!message.text.empty(), severity_rank(message)};
}

char lower(char c) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}

bool any_contains(const std::vector<std::string>& texts, std::string_view word) {
    return std::any_of(texts.begin(), texts.end(),
                       [word](const std::string& text) { return contains_ignoring_case(text, word); });
}

}  // namespace

std::string_view Message::key() const {
    const std::string_view whole = id;
    const auto dot = whole.rfind('.');
    return dot == std::string_view::npos ? whole : whole.substr(dot + 1);
}

bool ErrorBody::has(std::string_view key) const {
    return std::any_of(messages.begin(), messages.end(),
                       [key](const Message& message) { return http::equal_ignoring_case(message.key(), key); });
}

bool ErrorBody::mentions(std::string_view word) const {
    if (contains_ignoring_case(text, word)) return true;
    return std::any_of(messages.begin(), messages.end(), [word](const Message& message) {
        return contains_ignoring_case(message.id, word) || contains_ignoring_case(message.text, word) ||
               any_contains(message.arguments, word) || any_contains(message.related, word);
    });
}

std::string ErrorBody::summary() const {
    const auto best = std::max_element(messages.begin(), messages.end(), [](const Message& a, const Message& b) {
        return telling_rank(a) < telling_rank(b);
    });
    if (best == messages.end()) return printable(text, 300);
    if (best->text.empty()) return printable(best->id, 100);
    std::string line = best->id.empty() ? best->text : best->id + ": " + best->text;
    const bool has_advice = !best->resolution.empty() && !http::equal_ignoring_case(best->resolution, "None");
    if (has_advice) line += " " + best->resolution;
    return printable(line, 500);
}

ErrorBody read_error_body(const Json& body) {
    ErrorBody result;
    const Json& error = at(body, "error");
    collect_annotations(error, result.messages);
    collect_annotations(body, result.messages);
    collect(at(body, "Messages"), result.messages);
    result.text = text_at(error, "message");
    const std::string code = text_at(error, "code");
    if (result.messages.empty() && !code.empty()) {
        result.messages.push_back({code, result.text, "", "", {}, {}});
    }
    return result;
}

ErrorBody read_error_text(std::string_view body) {
    ErrorBody result;
    result.text = printable(body, kMaxText);
    return result;
}

std::string printable(std::string_view text, std::size_t limit) {
    std::string line;
    for (const char c : text) {
        if (line.size() >= limit) return line + "...";
        const bool blank = static_cast<unsigned char>(c) <= 0x20 || c == 0x7f;
        if (!blank) line += c;
        if (blank && !line.empty() && line.back() != ' ') line += ' ';
    }
    return line;
}

bool contains_ignoring_case(std::string_view text, std::string_view word) {
    const auto found = std::search(text.begin(), text.end(), word.begin(), word.end(),
                                   [](char a, char b) { return lower(a) == lower(b); });
    return found != text.end();
}

}  // namespace isolde::redfish
