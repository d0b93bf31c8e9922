// SPDX-License-Identifier: GPL-3.0-or-later
//
// The one HTTP/1.1 server of the project: control plane (JSON bodies, parked answers) and media plane (extents of files
// by sendfile) run the same code on ports of their own. Every limit is set: header and body size, deadlines,
// connections.
#pragma once

#include "base/byte_count.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "base/log.h"
#include "base/result.h"
#include "http/message.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace isolde::http {

struct Request {
    std::string method;  ///< "GET"
    std::string target;  ///< as sent: path and query
    std::string path;    ///< percent-decoded, without the query
    std::string query;   ///< as sent, without "?"
    Headers headers;
    std::string body;
    std::string peer_address;  ///< numeric, without port
    std::string host;          ///< value of Host, may be empty
    bool secure = false;       ///< came by TLS
};

/// Contiguous bytes of a body: of an open file (sendfile) or of memory. The body's owner keeps both alive.
struct FilePiece {
    int fd = -1;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
};
struct BodyPiece {
    std::variant<FilePiece, base::ByteView> bytes;
    std::uint64_t length = 0;
};

/// A large body, read in pieces at any offset. Thread-safe. The server answers HEAD, Range and If-Range for it.
class RangedBody {
  public:
    virtual ~RangedBody() = default;
    virtual std::uint64_t size() const = 0;
    /// The bytes that start at `offset` (< size()), as many as lie together.
    virtual BodyPiece piece_at(std::uint64_t offset) const = 0;
    /// Strong entity tag with quotes, and "Last-Modified" time.
    virtual const std::string& etag() const = 0;
    virtual base::WallTime last_modified() const = 0;
    /// Called on a server thread after bytes [offset, offset+length) were handed to the socket. Must not block.
    virtual void sent(std::uint64_t offset, std::uint64_t length) const = 0;
};

/// What becomes of the connection once a request is answered.
enum class Ending {
    Normal,  ///< kept alive, or closed where request or limits say so
    Close,   ///< the response announces "Connection: close", then a clean close
    Silent,  ///< no byte of a response, a clean close
    Reset,   ///< no byte of a response, RST
};

struct Response {
    int status = 200;
    Headers headers;  ///< Content-Length, Date and Connection are the server's
    std::string body;
    /// When set, it is the body: status and range headers follow from the request.
    std::shared_ptr<const RangedBody> ranged_body;
    Ending ending = Ending::Normal;
};

/// Answers one request, once, from any thread, at once or later. Dropping it unanswered answers 500.
class Responder {
  public:
    explicit Responder(std::function<void(Response)> send);
    Responder(Responder&&) noexcept = default;
    Responder& operator=(Responder&&) = delete;
    ~Responder();
    void operator()(Response response);

  private:
    std::function<void(Response)> send_;
};

/// Called on a server thread: must not block. What takes time is answered later through the Responder.
using Handler = std::function<void(const Request&, Responder)>;

struct ServerLimits {
    base::ByteCount header = base::kibibytes(8);
    base::ByteCount body = base::ByteCount(0);  ///< larger bodies: 413 and close
    base::Duration header_deadline =
        std::chrono::seconds(10);                         ///< absolute, from the first byte (accept for the first)
    base::Duration handshake = std::chrono::seconds(10);  ///< of TLS
    base::Duration body_deadline = std::chrono::seconds(60);
    base::Duration idle = std::chrono::seconds(600);     ///< keep-alive, then a clean close
    base::Duration progress = std::chrono::seconds(60);  ///< a response must make progress within this
    base::Duration handler = std::chrono::seconds(60);   ///< a parked answer, then 503
    base::Duration drain = std::chrono::seconds(5);      ///< at stop(): finish responses, then cut
    std::size_t connections = 4096;
    std::size_t connections_per_peer = 1024;
    base::Duration sweep = std::chrono::seconds(1);  ///< how often a loop looks for passed deadlines
};

struct ServerOptions {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;  ///< 0: any free one
    unsigned threads = 2;    ///< one loop each, sharing the port by SO_REUSEPORT
    ServerLimits limits;
    /// PEM files; both empty: plain HTTP.
    std::string tls_certificate;
    std::string tls_key;
    /// Send "Connection: close" with every response and close.
    bool close_each = false;
};

struct ServerCounters {
    std::atomic<std::uint64_t> connections_open{0};
    std::atomic<std::uint64_t> connections_refused{0};
    std::atomic<std::uint64_t> requests{0};
    std::atomic<std::uint64_t> bytes_sent{0};
    std::atomic<std::uint64_t> timeouts{0};
};

class Server {
  public:
    /// Listens when it returns. Errors: InvalidArgument (address, certificate), Conflict (port taken), Internal.
    static base::Result<std::unique_ptr<Server>> start(ServerOptions options, Handler handler, base::Log& log);
    virtual ~Server() = default;

    virtual std::uint16_t port() const = 0;
    virtual const ServerCounters& counters() const = 0;
    /// Stops accepting, lets responses finish for `limits.drain`, cuts the rest, joins the threads. Idempotent.
    virtual void stop() = 0;
};

}  // namespace isolde::http
