// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/server/byte_range.h"

#include "http/message.h"

#include <algorithm>
#include <limits>
#include <optional>

namespace isolde::http {
namespace {

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Digits only. What does not fit in 64 bits is as good as infinite.
std::optional<std::uint64_t> parse_position(std::string_view digits) {
    constexpr auto kInfinite = std::numeric_limits<std::uint64_t>::max();
    if (digits.empty()) {
        return std::nullopt;
    }
    std::uint64_t value = 0;
    for (const char c : digits) {
        if (c < '0' || c > '9') {
            return std::nullopt;
        }
        const auto digit = static_cast<std::uint64_t>(c - '0');
        value = value > (kInfinite - digit) / 10 ? kInfinite : value * 10 + digit;
    }
    return value;
}

RangeDecision suffix(std::uint64_t wanted, std::uint64_t size) {
    const std::uint64_t length = std::min(wanted, size);
    if (length == 0) {
        return {RangeOutcome::Unsatisfiable};
    }
    return {RangeOutcome::Part, size - length, length};
}

RangeDecision from_to(std::uint64_t first, std::uint64_t last, std::uint64_t size) {
    if (last < first) {
        return {};
    }
    if (first >= size) {
        return {RangeOutcome::Unsatisfiable};
    }
    return {RangeOutcome::Part, first, std::min(last, size - 1) - first + 1};
}

}  // namespace

RangeDecision select_range(std::string_view range, std::uint64_t size) {
    const auto equals = range.find('=');
    if (equals == std::string_view::npos || !equal_ignoring_case(trim(range.substr(0, equals)), "bytes")) {
        return {};
    }
    const std::string_view spec = trim(range.substr(equals + 1));
    const auto dash = spec.find('-');
    if (dash == std::string_view::npos) {
        return {};
    }
    const auto first = parse_position(spec.substr(0, dash));
    const auto last = parse_position(spec.substr(dash + 1));
    if (dash == 0) {
        return last ? suffix(*last, size) : RangeDecision{};
    }
    if (!first || (!last && dash + 1 != spec.size())) {
        return {};
    }
    return from_to(*first, last.value_or(std::numeric_limits<std::uint64_t>::max()), size);
}

}  // namespace isolde::http
