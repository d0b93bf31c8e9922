// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/message.h"

#include <algorithm>
#include <array>

namespace isolde::http {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

struct Phrase {
    int status;
    std::string_view text;
};

constexpr std::array kPhrases{
    Phrase{200, "OK"}, Phrase{201, "Created"}, Phrase{202, "Accepted"}, Phrase{204, "No Content"},
    Phrase{206, "Partial Content"}, Phrase{301, "Moved Permanently"}, Phrase{302, "Found"}, Phrase{304, "Not Modified"},
    Phrase{307, "Temporary Redirect"}, Phrase{400, "Bad Request"}, Phrase{401, "Unauthorized"}, Phrase{403, "Forbidden"},
    Phrase{404, "Not Found"}, Phrase{405, "Method Not Allowed"}, Phrase{406, "Not Acceptable"}, Phrase{408, "Request Timeout"},
    Phrase{409, "Conflict"}, Phrase{411, "Length Required"}, Phrase{412, "Precondition Failed"}, Phrase{413, "Content Too Large"},
    Phrase{414, "URI Too Long"}, Phrase{415, "Unsupported Media Type"}, Phrase{416, "Range Not Satisfiable"},
    Phrase{428, "Precondition Required"}, Phrase{429, "Too Many Requests"}, Phrase{431, "Request Header Fields Too Large"},
    Phrase{500, "Internal Server Error"}, Phrase{501, "Not Implemented"}, Phrase{502, "Bad Gateway"},
    Phrase{503, "Service Unavailable"}, Phrase{504, "Gateway Timeout"}, Phrase{505, "HTTP Version Not Supported"},
    Phrase{507, "Insufficient Storage"},
};

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

void Headers::set(std::string_view name, std::string value) {
    std::erase_if(fields_, [&](const auto& field) { return equal_ignoring_case(field.first, name); });
    fields_.emplace_back(std::string(name), std::move(value));
}

std::optional<std::string> Headers::find(std::string_view name) const {
    for (const auto& [key, value] : fields_) {
        if (equal_ignoring_case(key, name)) {
            return value;
        }
    }
    return std::nullopt;
}

std::string_view reason_phrase(int status) {
    const auto* found = std::find_if(kPhrases.begin(), kPhrases.end(), [&](const Phrase& row) { return row.status == status; });
    return found == kPhrases.end() ? "Unknown" : found->text;
}

}  // namespace isolde::http
