// SPDX-License-Identifier: GPL-3.0-or-later
//
// An HTTP server that misbehaves on purpose, on a loopback port of its own: lies about lengths, dies in mid-body,
// stalls, drips. Plain sockets, nothing shared with the project's client or server, so that one mistake is not made on
// both sides.
#pragma once

#include "base/clock.h"
#include "base/files.h"
#include "base/mutex.h"
#include "base/result.h"
#include "http/message.h"

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace isolde::http::testing {

struct UpstreamRequest {
    std::string method;
    std::string target;  ///< path and query
    Headers headers;
    std::string body;
    int connection = 0;             ///< counts from 1 in order of arrival
    int request_on_connection = 0;  ///< counts from 1
};

/// How one request is answered. Lengths count body bytes.
struct UpstreamReply {
    int status = 200;
    Headers headers;
    std::string body;
    bool announce_length = true;                    ///< else the end of the connection ends the body
    std::optional<std::uint64_t> announced_length;  ///< a Content-Length that is not the body's
    std::optional<std::uint64_t> die_after;         ///< then close the connection
    std::optional<std::uint64_t> stall_after;       ///< then send nothing more until the peer goes
    std::size_t drip_bytes = 0;                     ///< when not 0: so many at a time, …
    base::Duration drip_pause{};                    ///< … so far apart
    bool die_at_once = false;                       ///< close instead of any answer
    bool close_after = false;                       ///< close the connection after the answer, unannounced
    std::string raw;                                ///< when set: sent as it is instead of all above
    std::function<void()> before;                   ///< called on the connection's thread before the first byte
};

/// Thread-safe. Connections are cut when it goes.
class ScriptedUpstream {
  public:
    /// Called on the thread of each connection, concurrently.
    using Handler = std::function<UpstreamReply(const UpstreamRequest&)>;

    static base::Result<std::unique_ptr<ScriptedUpstream>> start(Handler handler);
    ~ScriptedUpstream();

    std::uint16_t port() const { return port_; }
    /// "http://127.0.0.1:<port>" + path.
    std::string url(std::string_view path) const;
    std::vector<UpstreamRequest> requests() const;
    /// Requests with that method and target.
    std::size_t count(std::string_view method, std::string_view target) const;
    std::size_t connections() const;

  private:
    struct Connection {
        base::UniqueFd socket;
        std::jthread thread;
    };

    ScriptedUpstream(Handler handler, base::UniqueFd listener, std::uint16_t port);
    void accept_all();
    void serve(int socket, int number);
    bool serve_one(int socket, std::string& input, int number, int sequence);
    bool send_reply(int socket, const UpstreamReply& reply, bool head_only);
    bool send_body(int socket, const UpstreamReply& reply);
    bool pause(int socket, base::Duration duration);

    const Handler handler_;
    const base::UniqueFd listener_;
    const std::uint16_t port_;
    base::UniqueFd stopping_;  ///< an eventfd that becomes readable for good
    mutable base::Mutex mutex_;
    std::vector<UpstreamRequest> requests_ ISOLDE_GUARDED_BY(mutex_);
    std::list<Connection> connections_ ISOLDE_GUARDED_BY(mutex_);
    std::jthread acceptor_;
};

/// Answers as a good static file server: HEAD, Range, If-Range, If-None-Match, If-Modified-Since against a strong
/// `etag` (with quotes; empty: none) and `last_modified` (an HTTP date; empty: none).
UpstreamReply serve_file(const UpstreamRequest& request, const std::string& content, const std::string& etag,
                         const std::string& last_modified = {});

/// A loopback port on which nobody listens.
std::uint16_t unused_port();

}  // namespace isolde::http::testing
