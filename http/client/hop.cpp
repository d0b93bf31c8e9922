// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/client/hop.h"

#include <algorithm>
#include <array>

namespace isolde::http {
namespace {

/// RFC 9110 §5.6.2.
bool is_token(std::string_view text) {
    constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               kMarks.find(c) != std::string_view::npos;
    });
}

bool is_field_value(std::string_view text) {
    return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

base::Result<void> check_scheme(const Url& url) {
    if (url.scheme != "http" && url.scheme != "https") {
        return base::invalid_argument("\"" + url.scheme + "\" is not a scheme of HTTP");
    }
    return {};
}

Headers without_credentials(const Headers& headers) {
    constexpr std::array<std::string_view, 3> kSecretFields{"Authorization", "Cookie", "X-Auth-Token"};
    Headers kept;
    for (const auto& [name, value] : headers) {
        const bool secret = std::any_of(kSecretFields.begin(), kSecretFields.end(),
                                        [&field = name](auto known) { return equal_ignoring_case(known, field); });
        if (!secret) {
            kept.add(name, value);
        }
    }
    return kept;
}

bool turns_into_get(std::string_view method, int status) {
    return (status == 303 && method != "HEAD") || ((status == 301 || status == 302) && method == "POST");
}

}  // namespace

base::Result<Hop> first_hop(const ClientRequest& request) {
    Url url = TRY(parse_url(request.url));
    TRY(check_scheme(url));
    if (!is_token(request.method)) {
        return base::invalid_argument("not an HTTP method: \"" + request.method + "\"");
    }
    for (const auto& [name, value] : request.headers) {
        if (!is_token(name) || !is_field_value(value)) {
            return base::invalid_argument("header field \"" + name + "\" cannot be sent");
        }
    }
    auto credentials = request.credentials ? request.credentials : url.user_info;
    url.user_info.reset();
    return Hop{request.method, std::move(url), request.headers, request.body, std::move(credentials)};
}

bool is_redirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

base::Result<Hop> next_hop(const Hop& hop, int status, const std::string& location) {
    Hop next = hop;
    next.url = TRY(join(hop.url, location).with_context("following a redirect of " + host_and_port(hop.url)));
    next.url.user_info.reset();
    TRY(check_scheme(next.url).with_context("following a redirect of " + host_and_port(hop.url)));
    if (hop.url.scheme == "https" && next.url.scheme == "http") {
        return base::invalid_argument(host_and_port(hop.url) + " redirects from https to http: refused");
    }
    if (origin(next.url) != origin(hop.url)) {
        next.credentials.reset();
        next.headers = without_credentials(hop.headers);
    }
    if (turns_into_get(hop.method, status)) {
        next.method = "GET";
        next.body.reset();
    }
    return next;
}

bool is_idempotent(std::string_view method) {
    constexpr std::array<std::string_view, 5> kIdempotent{"GET", "HEAD", "PUT", "DELETE", "OPTIONS"};
    return std::find(kIdempotent.begin(), kIdempotent.end(), method) != kIdempotent.end();
}

}  // namespace isolde::http
