// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/byte_count.h"

#include <array>
#include <charconv>
#include <cstdio>

namespace isolde::base {
namespace {

constexpr std::array<std::string_view, 5> kUnits{"B", "KiB", "MiB", "GiB", "TiB"};

}  // namespace

std::string to_string(ByteCount count) {
    auto value = static_cast<double>(count.bytes());
    std::size_t unit = 0;
    while (value >= 1024 && unit + 1 < kUnits.size()) {
        value /= 1024;
        ++unit;
    }
    const char* format = unit == 0 ? "%.0f %s" : value < 10 ? "%.2f %s" : "%.1f %s";
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), format, value, kUnits.at(unit).data());
    return text.data();
}

Result<ByteCount> parse_byte_count(std::string_view text) {
    const auto malformed = [&] {
        return invalid_argument("not a size: '" + std::string(text) + "'; write for example 20GiB, 256MiB or 4096");
    };
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{}) {
        return malformed();
    }
    std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
    while (!unit.empty() && unit.front() == ' ') {
        unit.remove_prefix(1);
    }
    for (std::size_t i = 0; i < kUnits.size(); ++i) {
        const unsigned shift = static_cast<unsigned>(i) * 10;
        const bool fits = number <= (UINT64_MAX >> shift);
        if ((unit == kUnits.at(i) || (i == 0 && unit.empty())) && fits) {
            return ByteCount(number << shift);
        }
    }
    return malformed();
}

}  // namespace isolde::base
