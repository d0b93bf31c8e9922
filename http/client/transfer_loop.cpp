// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/client/transfer_loop.h"

#include <curl/curl.h>

#include <algorithm>
#include <csignal>

namespace isolde::http {
namespace {

constexpr int kLongestNapMs = 1000;

/// SIGPIPE of a TLS write must not end the process, and the process's signals are not this thread's business.
void block_signals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

int on_socket(CURL*, curl_socket_t socket, int what, void* sockets, void*) {
    auto* watched = static_cast<SocketWatch*>(sockets);
    if (what == CURL_POLL_REMOVE) {
        watched->forget(socket);
    } else {
        watched->watch(socket, (what & CURL_POLL_IN) != 0, (what & CURL_POLL_OUT) != 0);
    }
    return 0;
}

/// Until libcurl has something to do that no socket tells.
int nap_ms(CURLM* multi) {
    long left = -1;
    curl_multi_timeout(multi, &left);
    return left < 0 ? kLongestNapMs : static_cast<int>(std::min<long>(left, kLongestNapMs));
}

void act(CURLM* multi, curl_socket_t socket, int events) {
    int still_running = 0;
    curl_multi_socket_action(multi, socket, events, &still_running);
}

int events_of(const SocketReadiness& ready) {
    return (ready.readable ? CURL_CSELECT_IN : 0) | (ready.writable ? CURL_CSELECT_OUT : 0) |
           (ready.failed ? CURL_CSELECT_ERR : 0);
}

}  // namespace

base::Result<std::unique_ptr<TransferLoop>> TransferLoop::start(std::size_t connections_per_host) {
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return base::internal("libcurl cannot be initialised");
    }
    auto sockets = TRY(SocketWatch::create());
    CURLM* multi = curl_multi_init();
    if (multi == nullptr) {
        return base::internal("libcurl cannot make a transfer loop");
    }
    curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, static_cast<long>(connections_per_host));
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, 1024L);
    curl_multi_setopt(multi, CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_NOTHING));
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, sockets.get());
    std::unique_ptr<TransferLoop> loop(new TransferLoop(multi, std::move(sockets)));
    loop->thread_ = std::jthread([raw = loop.get()](const std::stop_token& stop) { raw->run(stop); });
    return loop;
}

TransferLoop::~TransferLoop() {
    thread_.request_stop();
    sockets_->wake();
    thread_.join();
    curl_multi_cleanup(multi_);
}

void TransferLoop::submit(std::shared_ptr<Transfer> transfer) {
    leave({OrderKind::Submit, std::move(transfer)});
}

void TransferLoop::resume(std::shared_ptr<Transfer> transfer) {
    leave({OrderKind::Resume, std::move(transfer)});
}

void TransferLoop::cancel(std::shared_ptr<Transfer> transfer) {
    leave({OrderKind::Cancel, std::move(transfer)});
}

void TransferLoop::leave(Order order) {
    {
        base::Lock lock(mutex_);
        orders_.push_back(std::move(order));
    }
    sockets_->wake();
}

void TransferLoop::run(const std::stop_token& stop) {
    block_signals();
    while (!stop.stop_requested()) {
        take_orders();
        drive();
        collect_finished();
    }
    take_orders();
    while (!running_.empty()) {
        const auto transfer = running_.begin()->second;
        end(transfer);
        transfer->fail(base::cancelled("the HTTP client is shutting down"));
    }
}

/// Timers that are due, else what becomes ready first.
void TransferLoop::drive() {
    const int nap = nap_ms(multi_);
    if (nap == 0) {
        act(multi_, CURL_SOCKET_TIMEOUT, 0);
        return;
    }
    sockets_->wait(nap, ready_);
    for (const SocketReadiness& ready : ready_) {
        act(multi_, ready.socket, events_of(ready));
    }
}

void TransferLoop::take_orders() {
    std::vector<Order> orders;
    {
        base::Lock lock(mutex_);
        orders.swap(orders_);
    }
    for (const auto& [kind, transfer] : orders) {
        switch (kind) {
            case OrderKind::Submit: begin(transfer); break;
            case OrderKind::Cancel: end(transfer); break;
            case OrderKind::Resume:
                if (running_.contains(transfer->handle())) {
                    curl_easy_pause(transfer->handle(), CURLPAUSE_CONT);
                }
                break;
        }
    }
}

void TransferLoop::begin(const std::shared_ptr<Transfer>& transfer) {
    auto handle = transfer->prepare();
    if (!handle) {
        transfer->fail(std::move(handle).error());
        return;
    }
    if (curl_multi_add_handle(multi_, *handle) != CURLM_OK) {
        transfer->fail(base::internal("libcurl does not take a transfer"));
        return;
    }
    running_.emplace(*handle, transfer);
}

void TransferLoop::end(const std::shared_ptr<Transfer>& transfer) {
    if (running_.erase(transfer->handle()) != 0) {
        curl_multi_remove_handle(multi_, transfer->handle());
    }
}

void TransferLoop::collect_finished() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
        if (message->msg != CURLMSG_DONE) {
            continue;
        }
        const CURLcode code = message->data.result;
        const auto found = running_.find(message->easy_handle);
        if (found != running_.end()) {
            const auto transfer = found->second;
            end(transfer);
            transfer->finish(code);
        }
    }
}

}  // namespace isolde::http
