// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/server/server.h"

#include "http/server/loop.h"
#include "http/server/sockets.h"

#include <algorithm>
#include <mutex>
#include <utility>

namespace isolde::http {
namespace {

class LoopServer final : public Server {
  public:
    LoopServer(ServerOptions options, Handler handler, base::Log& log, std::unique_ptr<TlsContext> tls,
               std::vector<base::UniqueFd> listeners)
        : shared_{std::move(options), std::move(handler), log, std::move(tls), {}, {}, cap_of(shared_.options.limits)},
          port_(port_of(listeners.front())) {
        for (base::UniqueFd& listener : listeners) {
            loops_.push_back(std::make_unique<Loop>(shared_, std::move(listener)));
        }
        for (const auto& loop : loops_) {
            loop->start();
        }
    }
    ~LoopServer() override { stop(); }
    LoopServer(const LoopServer&) = delete;
    LoopServer& operator=(const LoopServer&) = delete;

    std::uint16_t port() const override { return port_; }
    const ServerCounters& counters() const override { return shared_.counters; }

    void stop() override {
        std::call_once(stopped_, [this] {
            for (const auto& loop : loops_) {
                loop->drain();
            }
            for (const auto& loop : loops_) {
                loop->join();
            }
        });
    }

  private:
    static ConnectionCap cap_of(const ServerLimits& limits) {
        return {limits.connections, limits.connections_per_peer};
    }

    ServerShared shared_;
    std::uint16_t port_;
    std::vector<std::unique_ptr<Loop>> loops_;
    std::once_flag stopped_;
};

base::Result<std::unique_ptr<TlsContext>> tls_of(const ServerOptions& options) {
    if (options.tls_certificate.empty() && options.tls_key.empty()) {
        return std::unique_ptr<TlsContext>();
    }
    return TlsContext::create(options.tls_certificate, options.tls_key);
}

}  // namespace

Responder::Responder(std::function<void(Response)> send) : send_(std::move(send)) {}

Responder::~Responder() {
    if (send_) {
        send_(Response{.status = 500});
    }
}

void Responder::operator()(Response response) {
    if (const auto send = std::exchange(send_, nullptr)) {
        send(std::move(response));
    }
}

base::Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Handler handler, base::Log& log) {
    auto tls = TRY(tls_of(options));
    auto listeners = TRY(listen_on(options.address, options.port, std::max(1U, options.threads)));
    return std::unique_ptr<Server>(std::make_unique<LoopServer>(std::move(options), std::move(handler), log,
                                                                std::move(tls), std::move(listeners)));
}

}  // namespace isolde::http
