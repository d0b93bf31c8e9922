// SPDX-License-Identifier: GPL-3.0-or-later
//
// Bytes over one connected, non-blocking socket: plain, or TLS by OpenSSL directly on the descriptor. Every call does
// what it can at once and says what it would wait for. Not thread-safe: a transport belongs to its session's loop.
#pragma once

#include "base/result.h"
#include "http/server/server.h"

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace isolde::http {

enum class Progress {
    Moved,      ///< `bytes` were read or written, at least one (a handshake: it is complete)
    WantRead,   ///< try again when the socket is readable
    WantWrite,  ///< try again when the socket is writable
    Ended,      ///< reading: the peer has finished; a file: it is shorter than it was
    Failed,     ///< the connection is broken
};

struct TransferStep {
    Progress progress = Progress::Failed;
    std::size_t bytes = 0;
};

class Transport {
  public:
    virtual ~Transport() = default;
    virtual bool secure() const = 0;
    virtual TransferStep handshake() = 0;
    virtual TransferStep read(std::span<char> into) = 0;
    /// `more`: further bytes follow at once, so a short segment may wait for them.
    virtual TransferStep write(std::string_view bytes, bool more) = 0;
    /// Whether send_file works. When not, a file's bytes go through write().
    virtual bool sends_files() const = 0;
    virtual TransferStep send_file(const FilePiece& piece) = 0;
    /// The peer will see a clean end after what was written.
    virtual void finish() = 0;
};

/// `socket` stays the caller's.
std::unique_ptr<Transport> make_plain_transport(int socket);

/// Certificate, key and protocol choices shared by all TLS connections of a server. Thread-safe.
class TlsContext {
  public:
    virtual ~TlsContext() = default;
    /// Nothing when OpenSSL is out of memory.
    virtual std::unique_ptr<Transport> accept(int socket) = 0;

    /// PEM files. Errors: InvalidArgument naming the file.
    static base::Result<std::unique_ptr<TlsContext>> create(const std::string& certificate, const std::string& key);
};

}  // namespace isolde::http
