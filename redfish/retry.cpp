// SPDX-License-Identifier: GPL-3.0-or-later
#include "redfish/retry.h"

#include <algorithm>
#include <charconv>
#include <ctime>

namespace isolde::redfish {
namespace {

using namespace std::chrono_literals;
using std::chrono::seconds;

constexpr int kMaxAttempts = 4;

bool is_read(std::string_view method) {
    return method == "GET" || method == "HEAD";
}

bool says_not_now(const Attempt& attempt) {
    if (is_session_limit(attempt.body)) return false;
    return attempt.status == 503 || attempt.status == 429 || attempt.body.has("SYS518") ||
           attempt.body.has("ServiceTemporarilyUnavailable") || attempt.body.has("ResourceInUse");
}

bool is_refusal_for_ever(int status) {
    return status < 500 || status == 501 || status == 505;
}

bool may_repeat(const Attempt& attempt) {
    switch (attempt.delivery) {
        case Delivery::NotSent: return attempt.number < 3;
        case Delivery::Ambiguous: return is_read(attempt.method);
        case Delivery::Answered: break;
    }
    if (attempt.status < 400) return false;
    if (says_not_now(attempt)) return true;
    return is_read(attempt.method) && !is_refusal_for_ever(attempt.status);
}

}  // namespace

std::optional<base::Duration> retry_pause(const Attempt& attempt) {
    if (attempt.number >= kMaxAttempts || !may_repeat(attempt)) return std::nullopt;
    if (attempt.retry_after) return attempt.retry_after;
    const auto doubling = 1 << (attempt.number - 1);
    return attempt.delivery == Delivery::Answered ? base::Duration(1s) * doubling : base::Duration(500ms) * doubling;
}

std::optional<base::Duration> parse_retry_after(std::string_view text, base::WallTime now) {
    const auto clamped = [](std::int64_t count) {
        return base::Duration(seconds(std::clamp<std::int64_t>(count, 1, 30)));
    };
    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error == std::errc{} && end == text.data() + text.size()) return clamped(count);
    std::tm fields{};
    const std::string date(text.substr(0, 64));
    if (strptime(date.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &fields) == nullptr) return std::nullopt;
    return clamped(timegm(&fields) - std::chrono::floor<seconds>(now).time_since_epoch().count());
}

bool is_session_limit(const ErrorBody& body) {
    return body.has("RAC0218") || body.has("SessionLimitExceeded");
}

}  // namespace isolde::redfish
