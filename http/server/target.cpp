// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/server/target.h"

namespace isolde::http {
namespace {

int hex_value(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// The byte that "%hh" at `position` stands for; negative when it is none.
int escaped_byte(std::string_view text, std::size_t position) {
    if (position + 2 >= text.size()) {
        return -1;
    }
    const int high = hex_value(text[position + 1]);
    const int low = hex_value(text[position + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

bool is_control(int byte) {
    return byte < 0x20 || byte == 0x7f;
}

/// "http://host:port/path" → "/path" (RFC 9112 §3.2.2).
std::string_view without_authority(std::string_view target) {
    const auto scheme = target.find("://");
    if (target.starts_with('/') || scheme == std::string_view::npos) {
        return target;
    }
    const auto path = target.find_first_of("/?", scheme + 3);
    return path == std::string_view::npos ? "/" : target.substr(path);
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded.push_back(text[i]);
            continue;
        }
        const int byte = escaped_byte(text, i);
        if (is_control(byte)) {
            return std::nullopt;
        }
        decoded.push_back(static_cast<char>(byte));
        i += 2;
    }
    return decoded;
}

bool split_target(Request& request) {
    const std::string_view target = without_authority(request.target);
    const auto question = target.find('?');
    auto path = percent_decode(target.substr(0, question));
    if (!path || path->empty() || (path->front() != '/' && *path != "*")) {
        return false;
    }
    request.path = std::move(*path);
    request.query = question == std::string_view::npos ? "" : std::string(target.substr(question + 1));
    return true;
}

}  // namespace isolde::http
