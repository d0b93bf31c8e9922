// SPDX-License-Identifier: GPL-3.0-or-later
//
// One thread of a server: its event loop, its listening socket, the sessions that it accepted, and the sweep that ends
// those whose deadline passed. A session never leaves its loop, so nothing in it is locked.
#pragma once

#include "base/clock.h"
#include "base/files.h"
#include "base/log.h"
#include "http/server/asio.h"
#include "http/server/connection_cap.h"
#include "http/server/server.h"
#include "http/server/transport.h"

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace isolde::http {

class Listener;
class Session;

/// What the loops of a server have in common. Outlives them.
struct ServerShared {
    ServerOptions options;
    Handler handler;
    base::Log& log;
    std::unique_ptr<TlsContext> tls;  ///< null: plain HTTP
    base::SystemClock clock;
    ServerCounters counters;
    ConnectionCap cap;
};

class Loop {
  public:
    Loop(ServerShared& shared, base::UniqueFd listener);
    /// Precondition: join() returned.
    ~Loop();

    void start();
    /// From any thread: no new connections; idle ones are closed, the others finish or are cut after the drain time.
    void drain();
    void join();

    // What follows is for the sessions and the listener, on the loop's thread.

    ServerShared& shared() { return shared_; }
    const ServerLimits& limits() const { return shared_.options.limits; }
    asio::io_context& context() { return *context_; }
    std::shared_ptr<asio::io_context> share_context() { return context_; }
    bool draining() const { return draining_; }
    base::SteadyTime now() const { return shared_.clock.steady(); }
    /// The time as a Date field, at most one sweep old.
    const std::string& date() const { return date_; }
    /// Room for one gathering or discarding at a time.
    std::span<char> scratch() { return scratch_; }

    void adopt(base::UniqueFd socket, std::string peer_address);
    void forget(const Session& session);

  private:
    void run();
    void schedule_sweep();
    void sweep();
    void begin_drain();
    void stop_when_empty();

    ServerShared& shared_;
    std::shared_ptr<asio::io_context> context_;
    std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work_;
    Timer sweep_timer_;
    std::unique_ptr<Listener> listener_;
    std::list<std::shared_ptr<Session>> sessions_;
    std::vector<char> scratch_;
    std::string date_;
    bool draining_ = false;
    base::SteadyTime drained_by_{};
    std::thread thread_;
};

}  // namespace isolde::http
