// SPDX-License-Identifier: GPL-3.0-or-later
//
// Whether one more try of a request is safe and useful. Reads may always be repeated; a write only when the BMC cannot
// have acted on it, or said itself "not now". Pure.
#pragma once

#include "base/clock.h"
#include "redfish/error_body.h"

#include <optional>
#include <string_view>

namespace isolde::redfish {

enum class Delivery {
    Answered,   ///< there is a status
    NotSent,    ///< failed before the request was sent
    Ambiguous,  ///< reset, timeout or broken answer: the BMC may have acted
};

struct Attempt {
    std::string_view method;
    Delivery delivery = Delivery::Answered;
    int status = 0;
    ErrorBody body;
    std::optional<base::Duration> retry_after;
    int number = 1;  ///< 1 for the first
};

/// How long to wait before one more try; nothing: give up, the answer stands.
std::optional<base::Duration> retry_pause(const Attempt& attempt);

/// Retry-After in seconds or as an HTTP date (RFC 9110 §10.2.3), within 1 to 30 s whatever the BMC says; nothing for
/// what is neither.
std::optional<base::Duration> parse_retry_after(std::string_view text, base::WallTime now);

/// True for a refusal that says that the sessions are used up.
bool is_session_limit(const ErrorBody& body);

}  // namespace isolde::redfish
