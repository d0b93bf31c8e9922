// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/fields.h"

#include <algorithm>

namespace isolde::image {
namespace {

constexpr char32_t kReplacement = 0xfffd;

/// Of a point above ASCII.
void append_utf8(std::string& out, char32_t point) {
    const int tail = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    constexpr unsigned kLead[] = {0, 0xc0, 0xe0, 0xf0};
    out += static_cast<char>(kLead[tail] | point >> (6 * tail));
    for (int left = tail - 1; left >= 0; --left) {
        out += static_cast<char>(0x80U | ((point >> (6 * left)) & 0x3fU));
    }
}

bool is_high_surrogate(char32_t unit) {
    return unit >= 0xd800 && unit < 0xdc00;
}
bool is_low_surrogate(char32_t unit) {
    return unit >= 0xdc00 && unit < 0xe000;
}

char lower(char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + ('a' - 'A')) : letter;
}

}  // namespace

std::string padded_text(base::ByteView bytes, std::size_t at, std::size_t length) {
    std::string text = text_field(bytes, at, length);
    const auto last = text.find_last_not_of(std::string_view(" \0", 2));
    text.resize(last == std::string::npos ? 0 : last + 1);
    return text;
}

bool holds(base::ByteView bytes, std::size_t at, std::string_view text) {
    return at <= bytes.size() && text.size() <= bytes.size() - at &&
           base::as_text(bytes.subspan(at, text.size())) == text;
}

std::string utf16_to_utf8(base::ByteView bytes, bool big_endian) {
    const auto unit_at = [&](std::size_t index) -> char32_t {
        return big_endian ? big16(bytes, index * 2) : little16(bytes, index * 2);
    };
    std::string out;
    const std::size_t units = bytes.size() / 2;
    out.reserve(units);
    for (std::size_t index = 0; index < units; ++index) {
        const char32_t unit = unit_at(index);
        if (unit < 0x80) {
            out.push_back(static_cast<char>(unit));
        } else if (is_high_surrogate(unit) && index + 1 < units && is_low_surrogate(unit_at(index + 1))) {
            append_utf8(out, 0x10000 + ((unit - 0xd800) << 10U) + (unit_at(++index) - 0xdc00));
        } else {
            append_utf8(out, is_high_surrogate(unit) || is_low_surrogate(unit) ? kReplacement : unit);
        }
    }
    return out;
}

std::vector<std::string_view> path_parts(std::string_view path) {
    std::vector<std::string_view> parts;
    while (!path.empty()) {
        const auto part = path.substr(0, path.find('/'));
        if (!part.empty()) {
            parts.push_back(part);
        }
        path.remove_prefix(std::min(path.size(), part.size() + 1));
    }
    return parts;
}

bool equals_ignoring_case(std::string_view left, std::string_view right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](char a, char b) { return lower(a) == lower(b); });
}

}  // namespace isolde::image
