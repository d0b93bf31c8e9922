// SPDX-License-Identifier: GPL-3.0-or-later
//
// The HTTP client: libcurl with every limit set. Calls are synchronous for the caller; transfers of one client share
// one loop thread and one connection pool, so trusted peers (BMCs) and user-given URLs use separate clients.
#pragma once

#include "base/byte_count.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "base/result.h"
#include "base/secret.h"
#include "http/client/address_policy.h"
#include "http/message.h"

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

namespace isolde::http {

struct BasicCredentials {
    std::string user;
    base::Secret password;
};

struct ClientRequest {
    std::string method = "GET";
    std::string url;
    Headers headers;
    std::optional<std::string> body;
    std::optional<BasicCredentials> credentials;  ///< sent to this URL's origin only, never after a redirect off it
    base::Duration connect_timeout = std::chrono::seconds(5);
    /// Less than 1 KiB/s for this long ends the transfer with Timeout.
    base::Duration stall_timeout = std::chrono::seconds(30);
    int redirects = 0;                                    ///< followed at most; https never falls to http
    base::ByteCount response_limit = base::mebibytes(8);  ///< of the body, for downloads too
    bool close_connection = false;                        ///< one connection for this request
    std::string ca_file;                                  ///< PEM; empty: the system's
    bool verify_tls = true;
    std::stop_token stop;  ///< ends the call with Cancelled
};

struct ClientResponse {
    int status = 0;
    Headers headers;
    std::string body;
    std::string final_url;
    /// A kept connection turned out to be dead before a byte of the answer; this is the answer to a repetition.
    bool repeated = false;
};

/// Receives a body, on the thread that called `download`. It may be slow (disk, digest): the loop reads ahead a few MiB
/// and then pauses this transfer alone; time spent in the sink is no stall. Returning an error ends the transfer.
class BodySink {
  public:
    virtual ~BodySink() = default;
    /// Called once per response that is not a followed redirect, before its body.
    virtual base::Result<void> begin(int status, const Headers& headers) = 0;
    virtual base::Result<void> write(base::ByteView bytes) = 0;
};

/// Thread-safe.
class Client {
  public:
    virtual ~Client() = default;

    /// The whole response. A status ≥ 400 is not an error. Errors: InvalidArgument (URL, scheme), Unauthorized (address
    /// policy), Unavailable (refused, reset, name), Timeout, Exhausted (response_limit), Corrupt (bad TLS or framing),
    /// Cancelled (`request.stop`). The message names host and port, never credentials, query or user-info.
    /// `Error::context` contains "before the request was sent" when the peer cannot have acted on it.
    virtual base::Result<ClientResponse> perform(const ClientRequest& request, base::Deadline deadline) = 0;

    /// As perform, the body going to `sink`; `deadline` is absolute, downloads usually rely on stall_timeout and give a
    /// far one. The returned body is empty.
    virtual base::Result<ClientResponse> download(const ClientRequest& request, BodySink& sink,
                                                  base::Deadline deadline) = 0;
};

struct ClientOptions {
    AddressPolicy addresses;
    std::size_t connections_per_host = 4;
    std::string user_agent = "isolde";
};

/// The libcurl client with a loop thread of its own. `clock` must outlive it.
base::Result<std::unique_ptr<Client>> make_client(ClientOptions options, const base::Clock& clock);

inline constexpr const char* kBeforeRequestWasSent = "before the request was sent";

}  // namespace isolde::http
