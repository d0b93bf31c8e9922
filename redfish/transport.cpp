// SPDX-License-Identifier: GPL-3.0-or-later
#include "redfish/transport.h"

#include "redfish/retry.h"

#include <algorithm>

namespace isolde::redfish {
namespace {

constexpr auto kAnswerLimit = base::mebibytes(2);
constexpr int kMaxDepth = 32;
constexpr int kMaxRedirects = 3;

bool is_redirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool may_follow(const std::string& method, int status, int followed) {
    if (method == "GET" || method == "HEAD") return followed < kMaxRedirects;
    return (status == 307 || status == 308) && followed == 0;
}

Delivery delivery_of(const base::Error& error) {
    const auto& steps = error.context;
    const bool unsent = std::find(steps.begin(), steps.end(), http::kBeforeRequestWasSent) != steps.end();
    return unsent ? Delivery::NotSent : Delivery::Ambiguous;
}

/// Failures that another try cannot change.
bool is_final(const base::Error& error) {
    switch (error.kind) {
        case base::ErrorKind::Unavailable:
        case base::ErrorKind::Timeout:
        case base::ErrorKind::Corrupt: return false;
        default: return true;
    }
}

std::string with_ascii_only(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
    return text;
}

bool has_usable_answer(const Answer& answer) {
    return answer.body.is_object() || answer.body.is_null();
}

Answer to_answer(http::ClientResponse response) {
    Answer answer;
    answer.status = response.status;
    answer.headers = std::move(response.headers);
    if (auto json = parse_answer(response.body); json.ok()) {
        answer.body = std::move(*json);
        answer.error = read_error_body(answer.body);
    } else {
        answer.error = read_error_text(response.body);
    }
    if (!has_usable_answer(answer)) answer.body = Json();
    return answer;
}

bool is_licence_refusal(const ErrorBody& body) {
    return body.mentions("license") || body.mentions("licence") || body.mentions("product key");
}

base::ErrorKind kind_of(const Answer& answer) {
    if (answer.status < 500 && is_licence_refusal(answer.error)) return base::ErrorKind::Unsupported;
    switch (answer.status) {
        case 401:
        case 403: return base::ErrorKind::Unauthorized;
        case 404: return base::ErrorKind::NotFound;
        case 409: return base::ErrorKind::Conflict;
        case 429: return base::ErrorKind::Unavailable;
        case 501: return base::ErrorKind::Unsupported;
        default: return answer.status >= 500 ? base::ErrorKind::Unavailable : base::ErrorKind::Unsupported;
    }
}

}  // namespace

base::Result<Endpoint> Endpoint::parse(const std::string& address) {
    const auto bad = [&address](const char* why) {
        return base::invalid_argument("BMC address '" + printable(address, 100) + "' " + why);
    };
    const auto scheme_end = address.find("://");
    if (scheme_end == std::string::npos) return bad("has no scheme; write https://HOST or http://HOST");
    const std::string scheme = address.substr(0, scheme_end);
    if (scheme != "https" && scheme != "http") return bad("has a scheme other than https and http");
    const std::string rest = address.substr(scheme_end + 3);
    const std::string authority = rest.substr(0, rest.find_first_of("/?#"));
    if (authority.empty() || authority.front() == ':') return bad("names no host");
    const auto unfit = [](unsigned char c) { return c <= 0x20 || c >= 0x7f || c == '@' || c == '\\'; };
    if (authority.size() > 255 || std::any_of(authority.begin(), authority.end(), unfit)) {
        return bad("has characters that no host name has; user and password are settings of their own");
    }
    return Endpoint(scheme + "://" + authority);
}

std::optional<std::string> Endpoint::path_here(const std::string& location) const {
    const bool relative = location.starts_with('/') && !location.starts_with("//");
    const bool stays = location.size() > origin_.size() && location[origin_.size()] == '/' &&
                       http::equal_ignoring_case(std::string_view(location).substr(0, origin_.size()), origin_);
    if (!relative && !stays) return std::nullopt;
    return resource_path(location);
}

Transport::Transport(Endpoint endpoint, TransportOptions options, http::Client& client, const base::Clock& clock,
                     base::Waiter& waiter, std::stop_token stop)
    : endpoint_(std::move(endpoint)),
      options_(std::move(options)),
      client_(client),
      clock_(clock),
      waiter_(waiter),
      stop_(std::move(stop)) {}

base::Result<Answer> Transport::send(const Request& request, BmcMemory& memory, base::Deadline deadline) {
    Request current = request;
    for (int followed = 0;; ++followed) {
        Answer answer = TRY(send_with_retries(current, memory, deadline));
        if (answer.status == 406 && memory.sends_identity_encoding && request.method == "GET") {
            memory.sends_identity_encoding = false;
            answer = TRY(send_with_retries(current, memory, deadline));
        }
        if (!is_redirect(answer.status) || !may_follow(request.method, answer.status, followed)) return answer;
        const auto path = endpoint_.path_here(answer.header("Location"));
        if (!path) {
            return base::unsupported(endpoint_.origin() + ": " + current.method + " " + current.path +
                                     " is redirected off this address, to '" +
                                     printable(answer.header("Location"), 200) + "'; not followed");
        }
        current.path = *path;
    }
}

base::Result<Answer> Transport::send_with_retries(const Request& request, BmcMemory& memory, base::Deadline deadline) {
    for (int number = 1;; ++number) {
        auto answer = send_once(request, memory, deadline);
        Attempt attempt{request.method, Delivery::Answered, 0, {}, {}, number};
        if (answer.ok()) {
            attempt.status = answer->status;
            attempt.body = answer->error;
            attempt.retry_after = parse_retry_after(answer->header("Retry-After"), clock_.wall());
        } else {
            if (is_final(answer.error())) return answer;
            attempt.delivery = delivery_of(answer.error());
        }
        const auto pause = request.retries ? retry_pause(attempt) : std::nullopt;
        if (!pause || *pause >= deadline.remaining(clock_)) return answer;
        if (!waiter_.wait(*pause, stop_)) return base::cancelled(endpoint_.origin() + ": stopping");
    }
}

base::Result<Answer> Transport::send_once(const Request& request, BmcMemory& memory, base::Deadline deadline) {
    if (deadline.passed(clock_)) {
        return describe(base::timed_out("no time was left for this request"), request);
    }
    const http::ClientRequest wire = wire_request(request, memory);
    auto response = client_.perform(wire, deadline.sooner(base::Deadline::after(clock_, options_.request_timeout)));
    if (!response.ok()) {
        if (!wire.close_connection) memory.connection.broken();
        return describe(std::move(response).error(), request);
    }
    if (response->repeated) memory.connection.broken();
    const auto connection = response->headers.find("Connection").value_or("");
    memory.connection.answered(contains_ignoring_case(connection, "close") && !wire.close_connection);
    return to_answer(std::move(*response));
}

http::ClientRequest Transport::wire_request(const Request& request, const BmcMemory& memory) const {
    http::ClientRequest wire;
    wire.method = request.method;
    wire.url = endpoint_.url(request.path);
    wire.headers = {{"Accept", "application/json"}, {"OData-Version", "4.0"}};
    if (memory.sends_identity_encoding) wire.headers.add("Accept-Encoding", "identity");
    if (request.body) {
        wire.headers.add("Content-Type", "application/json");
        wire.body = base::dump_json(*request.body);
    } else if (request.method == "POST") {
        wire.body = "";
    }
    if (request.if_match) wire.headers.add("If-Match", *request.if_match);
    if (!request.token.empty()) wire.headers.add("X-Auth-Token", request.token.reveal());
    wire.credentials = request.credentials;
    wire.connect_timeout = options_.connect_timeout;
    wire.stall_timeout = options_.request_timeout;
    wire.response_limit = kAnswerLimit;
    wire.close_connection = memory.connection.close_after(request.method);
    wire.verify_tls = options_.verify_tls;
    wire.ca_file = options_.ca_file;
    return wire;
}

base::Error Transport::describe(base::Error error, const Request& request) const {
    if (error.kind == base::ErrorKind::Exhausted) error.kind = base::ErrorKind::Corrupt;
    error.message = endpoint_.origin() + ": " + request.method + " " + request.path + ": " + error.message;
    return error;
}

base::Result<Json> parse_answer(std::string_view body) {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (body.starts_with(kByteOrderMark)) body.remove_prefix(kByteOrderMark.size());
    const auto last = body.find_last_not_of(std::string_view("\0 \t\r\n", 5));
    body = body.substr(0, last == std::string_view::npos ? 0 : last + 1);
    if (body.empty()) return Json();
    const base::JsonLimits limits{kAnswerLimit, kMaxDepth, true};
    auto json = base::parse_json(body, limits);
    if (!json.ok()) json = base::parse_json(with_ascii_only(std::string(body)), limits);
    if (json.ok()) return json;
    return base::corrupt("the answer is no JSON: " + json.error().message + ": '" + printable(body, 120) + "'");
}

base::Error refusal(const Endpoint& endpoint, const std::string& method, const std::string& path,
                    const Answer& answer) {
    std::string text = endpoint.origin() + ": " + method + " " + path + ": " + std::to_string(answer.status) + " " +
                       std::string(http::reason_phrase(answer.status));
    if (const std::string said = answer.error.summary(); !said.empty()) text += ": " + said;
    if (is_licence_refusal(answer.error)) {
        text += " (the BMC lacks a licence for this, or the user lacks the privilege)";
    }
    return base::Error(kind_of(answer), std::move(text));
}

}  // namespace isolde::redfish
