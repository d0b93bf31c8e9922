// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/server/loop.h"

#include "http/server/listener.h"
#include "http/server/session.h"

#include <pthread.h>
#include <algorithm>
#include <csignal>

#include <boost/asio/post.hpp>

namespace isolde::http {
namespace {

constexpr std::size_t kScratch = 128U << 10U;

/// sendfile and OpenSSL have no MSG_NOSIGNAL: a peer that went away must be an error here, not a signal. Signals for
/// the process are for its main thread.
void block_signals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace

Loop::Loop(ServerShared& shared, base::UniqueFd listener)
    : shared_(shared),
      context_(std::make_shared<asio::io_context>(1)),
      work_(asio::make_work_guard(*context_)),
      sweep_timer_(*context_),
      listener_(std::make_unique<Listener>(*this, std::move(listener))),
      scratch_(kScratch),
      date_(base::to_http_date(shared.clock.wall())) {}

Loop::~Loop() = default;

void Loop::start() {
    listener_->start();
    schedule_sweep();
    thread_ = std::thread([this] { run(); });
}

void Loop::run() {
    block_signals();
    pthread_setname_np(pthread_self(), "http-loop");
    context_->run();
}

void Loop::drain() {
    asio::post(*context_, [this] { begin_drain(); });
}

void Loop::join() {
    if (thread_.joinable()) {
        thread_.join();
    }
}

void Loop::adopt(base::UniqueFd socket, std::string peer_address) {
    sessions_.push_back(std::make_shared<Session>(*this, std::move(socket), std::move(peer_address)));
    const auto place = std::prev(sessions_.end());
    (*place)->start(place);
}

void Loop::forget(const Session& session) {
    sessions_.erase(session.place());
    stop_when_empty();
}

void Loop::schedule_sweep() {
    sweep_timer_.expires_after(limits().sweep);
    sweep_timer_.async_wait([this](const SystemError& error) {
        if (!error) {
            sweep();
        }
    });
}

void Loop::sweep() {
    date_ = base::to_http_date(shared_.clock.wall());
    const base::SteadyTime instant = now();
    const bool cut = draining_ && instant >= drained_by_;
    for (auto next = sessions_.begin(); next != sessions_.end();) {
        const std::shared_ptr<Session> session = *next++;
        if (cut) {
            session->cut();
        } else if (session->deadline() <= instant) {
            session->expire();
        }
    }
    if (work_) {
        schedule_sweep();
    }
}

void Loop::begin_drain() {
    if (draining_) {
        return;
    }
    draining_ = true;
    drained_by_ = now() + limits().drain;
    listener_->close();
    for (auto next = sessions_.begin(); next != sessions_.end();) {
        const std::shared_ptr<Session> session = *next++;
        session->close_if_idle();
    }
    stop_when_empty();
}

void Loop::stop_when_empty() {
    if (draining_ && sessions_.empty()) {
        work_.reset();
        sweep_timer_.cancel();
    }
}

}  // namespace isolde::http
