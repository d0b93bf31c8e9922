// SPDX-License-Identifier: GPL-3.0-or-later
//
// A TCP connection on which hosts speak HTTP by hand. A library would repair what the readers in BMCs do not: they
// compare header names letter by letter and expect a whole header in the first segment.
#pragma once

#include "base/clock.h"
#include "base/files.h"
#include "base/result.h"

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace isolde::emulator {

/// Ends waits from another thread.
class Cancellation {
  public:
    Cancellation();
    void cancel();
    bool cancelled() const { return cancelled_; }
    int fd() const { return event_.get(); }

  private:
    base::UniqueFd event_;
    std::atomic<bool> cancelled_{false};
};

struct Url {
    std::string host;  ///< without brackets
    std::string port;
    std::string authority;  ///< as in the URL, without user-info
    std::string path;       ///< with query; "/" at least
};

/// http:// only. Errors: InvalidArgument, Unsupported (https).
base::Result<Url> parse_url(const std::string& url);

class Wire {
  public:
    /// Errors: Unavailable, Timeout, Cancelled; they name host and port.
    static base::Result<Wire> connect(const Url& url, const Cancellation& cancellation);

    base::Result<void> send(std::string_view text);
    /// What one recv(2) gives, at most `limit` bytes; empty at the end of the stream.
    base::Result<std::string> receive(std::size_t limit);

  private:
    Wire(base::UniqueFd socket, const Cancellation& cancellation, std::string peer)
        : socket_(std::move(socket)), cancellation_(&cancellation), peer_(std::move(peer)) {}
    base::Result<void> wait_for(short events) const;

    base::UniqueFd socket_;
    const Cancellation* cancellation_;
    std::string peer_;
};

/// The head of a response, as it came.
struct ResponseHead {
    std::string status_line;  ///< "HTTP/1.1 206 Partial Content"
    int status = 0;
    std::vector<std::pair<std::string, std::string>> fields;
    std::size_t size = 0;         ///< bytes with the empty line
    bool in_one_segment = false;  ///< the first recv had all of it
    std::string rest;             ///< bytes of the body that came along

    /// Value of the field, its name compared letter by letter, or without regard to case.
    std::string field(std::string_view name, bool exact_case) const;
};

/// Errors: Corrupt (no HTTP, head above 16 KiB), Unavailable (closed before), Timeout, Cancelled.
base::Result<ResponseHead> receive_head(Wire& wire);

}  // namespace isolde::emulator
