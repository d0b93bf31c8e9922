// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace isolde::base {
namespace {

struct KindRow {
    ErrorKind kind;
    std::string_view name;
    bool retryable;
    int http_status;
};

constexpr std::array kKinds{
    KindRow{ErrorKind::InvalidArgument, "invalid-argument", false, 400},
    KindRow{ErrorKind::NotFound, "not-found", false, 404},
    KindRow{ErrorKind::Conflict, "conflict", false, 409},
    KindRow{ErrorKind::Unauthorized, "unauthorized", false, 401},
    KindRow{ErrorKind::Unavailable, "unavailable", true, 503},
    KindRow{ErrorKind::Timeout, "timeout", true, 504},
    KindRow{ErrorKind::RateLimited, "rate-limited", true, 429},
    KindRow{ErrorKind::Unsupported, "unsupported", false, 501},
    KindRow{ErrorKind::Corrupt, "corrupt", false, 400},
    KindRow{ErrorKind::Exhausted, "exhausted", false, 507},
    KindRow{ErrorKind::Cancelled, "cancelled", false, 409},
    KindRow{ErrorKind::Internal, "internal", false, 500},
};

const KindRow& row(ErrorKind kind) {
    return kKinds.at(static_cast<std::size_t>(kind));
}

}  // namespace

std::string_view to_string(ErrorKind kind) {
    return row(kind).name;
}

bool is_retryable(ErrorKind kind) {
    return row(kind).retryable;
}

int http_status(ErrorKind kind) {
    return row(kind).http_status;
}

Error Error::with_context(std::string step) && {
    context.push_back(std::move(step));
    return std::move(*this);
}

std::string Error::to_string() const {
    std::string text;
    for (auto step = context.rbegin(); step != context.rend(); ++step) {
        text += *step + ": ";
    }
    return text + message;
}

Error invalid_argument(std::string message) {
    return {ErrorKind::InvalidArgument, std::move(message)};
}
Error not_found(std::string message) {
    return {ErrorKind::NotFound, std::move(message)};
}
Error conflict(std::string message) {
    return {ErrorKind::Conflict, std::move(message)};
}
Error unauthorized(std::string message) {
    return {ErrorKind::Unauthorized, std::move(message)};
}
Error unavailable(std::string message) {
    return {ErrorKind::Unavailable, std::move(message)};
}
Error timed_out(std::string message) {
    return {ErrorKind::Timeout, std::move(message)};
}
Error rate_limited(std::string message) {
    return {ErrorKind::RateLimited, std::move(message)};
}
Error unsupported(std::string message) {
    return {ErrorKind::Unsupported, std::move(message)};
}
Error corrupt(std::string message) {
    return {ErrorKind::Corrupt, std::move(message)};
}
Error exhausted(std::string message) {
    return {ErrorKind::Exhausted, std::move(message)};
}
Error cancelled(std::string message) {
    return {ErrorKind::Cancelled, std::move(message)};
}
Error internal(std::string message) {
    return {ErrorKind::Internal, std::move(message)};
}

Error from_errno(std::string_view what, int error_number) {
    std::array<char, 128> buffer{};
    const char* reason = strerror_r(error_number, buffer.data(), buffer.size());
    std::string message = std::string(what) + ": " + reason;
    switch (error_number) {
        case ENOENT: return not_found(std::move(message));
        case ENOSPC:
        case EDQUOT: return exhausted(std::move(message));
        case EACCES:
        case EPERM: return unauthorized(std::move(message));
        default: return internal(std::move(message));
    }
}

}  // namespace isolde::base
