// SPDX-License-Identifier: GPL-3.0-or-later
//
// The loop thread of a client: it alone touches libcurl's multi handle. Other threads leave orders and wake it.
#pragma once

#include "base/mutex.h"
#include "http/client/socket_watch.h"
#include "http/client/transfer.h"

#include <memory>
#include <thread>
#include <unordered_map>
#include <vector>

namespace isolde::http {

/// Thread-safe. When it goes, transfers that still run end with Cancelled.
class TransferLoop {
  public:
    static base::Result<std::unique_ptr<TransferLoop>> start(std::size_t connections_per_host);
    ~TransferLoop();
    TransferLoop(const TransferLoop&) = delete;
    TransferLoop& operator=(const TransferLoop&) = delete;

    /// The transfer ends by itself, or by `cancel`. Nobody's buffer is touched: it lives as long as anyone needs it.
    void submit(std::shared_ptr<Transfer> transfer);
    /// After Transfer::wait said `was_paused`.
    void resume(std::shared_ptr<Transfer> transfer);
    /// The transfer's connection is closed soon; the caller need not wait for that.
    void cancel(std::shared_ptr<Transfer> transfer);

  private:
    enum class OrderKind { Submit, Resume, Cancel };
    struct Order {
        OrderKind kind;
        std::shared_ptr<Transfer> transfer;
    };

    TransferLoop(void* multi, std::unique_ptr<SocketWatch> sockets) : multi_(multi), sockets_(std::move(sockets)) {}
    void leave(Order order);
    void run(const std::stop_token& stop);
    void drive();
    void take_orders();
    void begin(const std::shared_ptr<Transfer>& transfer);
    void end(const std::shared_ptr<Transfer>& transfer);
    void collect_finished();

    void* multi_;  ///< CURLM*
    std::unique_ptr<SocketWatch> sockets_;
    std::vector<SocketReadiness> ready_;                            ///< loop thread only
    std::unordered_map<void*, std::shared_ptr<Transfer>> running_;  ///< by CURL*; loop thread only
    base::Mutex mutex_;
    std::vector<Order> orders_ ISOLDE_GUARDED_BY(mutex_);
    std::jthread thread_;
};

}  // namespace isolde::http
