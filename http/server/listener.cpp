// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/server/listener.h"

#include "http/server/loop.h"
#include "http/server/sockets.h"

#include <cerrno>
#include <cstring>

namespace isolde::http {
namespace {

constexpr auto kPause = std::chrono::milliseconds(100);
/// Accepted in one turn; sessions get theirs in between.
constexpr int kBatch = 16;

bool is_momentary(int error_number) {
    return error_number == EINTR || error_number == ECONNABORTED || error_number == EPROTO;
}

}  // namespace

Listener::Listener(Loop& loop, base::UniqueFd socket)
    : loop_(loop), socket_(loop.context(), socket.release()), pause_(loop.context()) {}

void Listener::close() {
    SystemError ignored;
    socket_.close(ignored);
    pause_.cancel();
}

void Listener::wait() {
    socket_.async_wait(Descriptor::wait_read, [this](const SystemError& error) {
        if (!error) {
            accept_waiting();
        }
    });
}

void Listener::accept_waiting() {
    for (int i = 0; i < kBatch; ++i) {
        Accepted accepted = accept_from(socket_.native_handle());
        if (accepted.socket) {
            admit(std::move(accepted.socket), std::move(accepted.peer_address));
        } else if (accepted.error_number == EAGAIN) {
            break;
        } else if (!is_momentary(accepted.error_number)) {
            return pause(accepted.error_number);
        }
    }
    wait();
}

void Listener::admit(base::UniqueFd socket, std::string peer_address) {
    ServerShared& shared = loop_.shared();
    if (!shared.cap.enter(peer_address)) {
        ++shared.counters.connections_refused;
        return;
    }
    configure_connection(socket.get(), shared.options.limits.progress);
    ++shared.counters.connections_open;
    loop_.adopt(std::move(socket), std::move(peer_address));
}

void Listener::pause(int error_number) {
    loop_.shared().log.warning("http.accept.paused", {{"error", std::strerror(error_number)}});
    pause_.expires_after(kPause);
    pause_.async_wait([this](const SystemError& error) {
        if (!error) {
            wait();
        }
    });
}

}  // namespace isolde::http
