// SPDX-License-Identifier: GPL-3.0-or-later
//
// The sockets that libcurl waits for: what is ready costs what is ready, however many others wait (epoll).
#pragma once

#include "base/files.h"
#include "base/result.h"

#include <memory>
#include <vector>

namespace isolde::http {

struct SocketReadiness {
    int socket = -1;
    bool readable = false;
    bool writable = false;
    bool failed = false;  ///< an error or a hang-up is to be fetched
};

/// For one thread, but for `wake`.
class SocketWatch {
  public:
    /// Errors: Exhausted (descriptors), Internal.
    static base::Result<std::unique_ptr<SocketWatch>> create();

    /// From now on `wait` tells when the socket is ready for one of these; replaces what was watched of it.
    void watch(int socket, bool to_read, bool to_write);
    /// Harmless for a socket that is not watched.
    void forget(int socket);
    /// At most so long; at once after `wake`. `ready` is replaced.
    void wait(int at_most_ms, std::vector<SocketReadiness>& ready);
    /// Thread-safe: ends the wait of the other thread, or the next one.
    void wake();

  private:
    SocketWatch(base::UniqueFd epoll, base::UniqueFd wakeup) : epoll_(std::move(epoll)), wakeup_(std::move(wakeup)) {}

    base::UniqueFd epoll_;
    base::UniqueFd wakeup_;
};

}  // namespace isolde::http
