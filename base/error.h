// SPDX-License-Identifier: GPL-3.0-or-later
//
// What can go wrong, as a value. Every fallible function of the project returns `Result<T>` (base/result.h), which
// holds either a T or an `Error`. Exceptions stop at the adapter of the library that throws them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace isolde::base {

/// The kinds that callers decide by. Everything finer is text for the operator.
enum class ErrorKind {
    InvalidArgument,  ///< the request itself is wrong; repeating it cannot help
    NotFound,
    Conflict,      ///< the thing is in a state that forbids this now
    Unauthorized,  ///< credentials missing, wrong or not sufficient
    Unavailable,   ///< the other side cannot be reached or says "not now"
    Timeout,
    RateLimited,
    Unsupported,  ///< will never work with this peer, image or version
    Corrupt,      ///< bytes are not what they claim to be
    Exhausted,    ///< a budget, limit or disk is full
    Cancelled,
    Internal,  ///< a defect of ours, or of the machine
};

/// The kind's stable lower-case name, such as "invalid-argument".
std::string_view to_string(ErrorKind kind);

/// True for kinds that may go away by waiting: Unavailable, Timeout, RateLimited.
bool is_retryable(ErrorKind kind);

/// The HTTP status that answers a request which failed with `kind`. The only such table.
int http_status(ErrorKind kind);

/// One failure: its kind, what failed on what and what to do (`message`, for the operator), and the steps around it,
/// innermost first (`context`). Never holds a secret.
struct [[nodiscard]] Error {
    ErrorKind kind = ErrorKind::Internal;
    std::string message;
    std::vector<std::string> context;

    Error(ErrorKind error_kind, std::string text) : kind(error_kind), message(std::move(text)) {}

    /// The same error with one more surrounding step, such as "deploying node-1".
    Error with_context(std::string step) &&;

    /// "outermost: …: innermost: message".
    std::string to_string() const;
};

// Factories, so that a failure reads as a sentence: return invalid_argument("boot_iso is empty");
Error invalid_argument(std::string message);
Error not_found(std::string message);
Error conflict(std::string message);
Error unauthorized(std::string message);
Error unavailable(std::string message);
Error timed_out(std::string message);
Error rate_limited(std::string message);
Error unsupported(std::string message);
Error corrupt(std::string message);
Error exhausted(std::string message);
Error cancelled(std::string message);
Error internal(std::string message);

/// Internal (or NotFound, Exhausted for ENOENT, ENOSPC/EDQUOT) with "what: strerror(error_number)".
Error from_errno(std::string_view what, int error_number);

}  // namespace isolde::base
