// SPDX-License-Identifier: GPL-3.0-or-later
//
// One request to a BMC and its answer, by the rules that BMCs need: the headers of DSP0266, safe retries, redirects to
// the same host only, bounded and tolerant JSON. The caller holds the BMC's lane.
#pragma once

#include "base/clock.h"
#include "base/waiter.h"
#include "http/client/client.h"
#include "redfish/error_body.h"
#include "redfish/lane.h"

#include <optional>
#include <stop_token>
#include <string>

namespace isolde::redfish {

/// Scheme and authority of a BMC: "https://192.0.2.10", "http://[2001:db8::1]:8000".
class Endpoint {
  public:
    /// Takes a path off. Errors: InvalidArgument naming the address (scheme, user-info, blanks, no host).
    static base::Result<Endpoint> parse(const std::string& address);
    const std::string& origin() const { return origin_; }
    std::string url(const std::string& path) const { return origin_ + path; }
    /// The path of a redirect that stays here; nothing when it leaves this origin.
    std::optional<std::string> path_here(const std::string& location) const;

  private:
    explicit Endpoint(std::string origin) : origin_(std::move(origin)) {}
    std::string origin_;
};

struct Request {
    std::string method = "GET";
    std::string path;
    std::optional<Json> body;
    std::optional<std::string> if_match;
    std::optional<http::BasicCredentials> credentials;
    base::Secret token;  ///< X-Auth-Token
    bool retries = true;
};

struct Answer {
    int status = 0;
    http::Headers headers;
    Json body;        ///< null when there was none or it was no JSON
    ErrorBody error;  ///< what the body says, whatever the status

    bool ok() const { return status >= 200 && status < 300; }
    std::string header(std::string_view name) const { return headers.find(name).value_or(""); }
};

struct TransportOptions {
    base::Duration request_timeout = std::chrono::seconds(60);
    base::Duration connect_timeout = std::chrono::seconds(10);
    bool verify_tls = true;
    std::string ca_file;
};

/// Thread-safe; the lane keeps it to one request at a time.
class Transport {
  public:
    /// The references must outlive it.
    Transport(Endpoint endpoint, TransportOptions options, http::Client& client, const base::Clock& clock,
              base::Waiter& waiter, std::stop_token stop);

    const Endpoint& endpoint() const { return endpoint_; }
    /// Whatever status the BMC answers in the end, 4xx and 5xx too. Errors: Unavailable, Timeout, Corrupt, Cancelled,
    /// each naming address, method and path.
    base::Result<Answer> send(const Request& request, BmcMemory& memory, base::Deadline deadline);

  private:
    base::Result<Answer> send_with_retries(const Request& request, BmcMemory& memory, base::Deadline deadline);
    base::Result<Answer> send_once(const Request& request, BmcMemory& memory, base::Deadline deadline);
    http::ClientRequest wire_request(const Request& request, const BmcMemory& memory) const;
    base::Error describe(base::Error error, const Request& request) const;

    const Endpoint endpoint_;
    const TransportOptions options_;
    http::Client& client_;
    const base::Clock& clock_;
    base::Waiter& waiter_;
    const std::stop_token stop_;
};

/// JSON as BMCs write it: byte-order mark, trailing zeros, repeated members and bytes that are no UTF-8 are borne.
/// Errors: Corrupt.
base::Result<Json> parse_answer(std::string_view body);

/// The refusal as an error for the operator: kind by status (401, 403 Unauthorized; 404 NotFound; 409 Conflict; 429 and
/// 5xx Unavailable; a missing licence and other 4xx Unsupported), naming request, status and what the BMC said.
base::Error refusal(const Endpoint& endpoint, const std::string& method, const std::string& path, const Answer& answer);

}  // namespace isolde::redfish
