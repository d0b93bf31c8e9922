// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/clock.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>

namespace isolde::base {
namespace {

std::tm utc_fields(WallTime time) {
    const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
    std::tm fields{};
    gmtime_r(&seconds, &fields);
    return fields;
}

Result<int> digits(std::string_view text, std::size_t offset, std::size_t count) {
    int value = 0;
    if (offset + count > text.size()) {
        return invalid_argument("time is too short");
    }
    const char* first = text.data() + offset;
    const auto [end, error] = std::from_chars(first, first + count, value);
    if (error != std::errc{} || end != first + count || value < 0) {
        return invalid_argument("time has a field that is no number");
    }
    return value;
}

Result<std::chrono::microseconds> fraction(std::string_view& rest) {
    if (rest.empty() || rest.front() != '.') {
        return std::chrono::microseconds{0};
    }
    rest.remove_prefix(1);
    std::int64_t micros = 0;
    int places = 0;
    while (!rest.empty() && rest.front() >= '0' && rest.front() <= '9') {
        if (places < 6) {
            micros = micros * 10 + (rest.front() - '0');
            ++places;
        }
        rest.remove_prefix(1);
    }
    for (; places < 6; ++places) {
        micros *= 10;
    }
    return std::chrono::microseconds{micros};
}

}  // namespace

WallTime SystemClock::wall() const {
    return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

SteadyTime SystemClock::steady() const {
    return std::chrono::steady_clock::now();
}

Duration Deadline::remaining(const Clock& clock) const {
    return std::max(Duration::zero(), Duration(instant_ - clock.steady()));
}

std::string to_iso8601(WallTime time) {
    const std::tm fields = utc_fields(time);
    const auto micros = (time - std::chrono::floor<std::chrono::seconds>(time)).count();
    std::array<char, 48> text{};
    const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &fields);
    std::array<char, 24> tail{};
    if (micros != 0) {
        std::snprintf(tail.data(), tail.size(), ".%06lld+00:00", static_cast<long long>(micros));
    } else {
        std::snprintf(tail.data(), tail.size(), "+00:00");
    }
    return std::string(text.data(), length) + tail.data();
}

Result<WallTime> parse_iso8601(std::string_view text) {
    const auto malformed = [&] { return invalid_argument("not an ISO 8601 time: '" + std::string(text) + "'"); };
    if (text.size() < 20 || text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != ' ') ||
        text[13] != ':' || text[16] != ':') {
        return malformed();
    }
    std::tm fields{};
    fields.tm_year = TRY(digits(text, 0, 4)) - 1900;
    fields.tm_mon = TRY(digits(text, 5, 2)) - 1;
    fields.tm_mday = TRY(digits(text, 8, 2));
    fields.tm_hour = TRY(digits(text, 11, 2));
    fields.tm_min = TRY(digits(text, 14, 2));
    fields.tm_sec = TRY(digits(text, 17, 2));
    std::string_view rest = text.substr(19);
    const auto micros = TRY(fraction(rest));
    if (rest != "Z" && rest != "+00:00") {
        return malformed();
    }
    return WallTime(std::chrono::seconds(timegm(&fields)) + micros);
}

std::string to_http_date(WallTime time) {
    const std::tm fields = utc_fields(time);
    std::array<char, 40> text{};
    const std::size_t length = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &fields);
    return {text.data(), length};
}

Result<Duration> parse_duration(std::string_view text) {
    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
    struct Unit {
        std::string_view name;
        Duration length;
    };
    using namespace std::chrono_literals;
    constexpr std::array kUnits{Unit{"ms", 1ms}, Unit{"s", 1s},  Unit{"min", 1min},
                                Unit{"h", 1h},   Unit{"d", 24h}};
    const auto* match = std::find_if(kUnits.begin(), kUnits.end(), [&](const Unit& row) { return row.name == unit; });
    constexpr std::int64_t kLargest = 36'500;  // a hundred years in days: far from overflow in nanoseconds
    if (error != std::errc{} || match == kUnits.end() || count < 0 || count > kLargest * (24h / match->length)) {
        return invalid_argument("not a duration: '" + std::string(text) + "'; write for example 30s, 15min or 24h");
    }
    return count * match->length;
}

}  // namespace isolde::base
