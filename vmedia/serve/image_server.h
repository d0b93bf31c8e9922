// SPDX-License-Identifier: GPL-3.0-or-later
//
// One composed image on a port of its own, without a conductor: for `isolde media serve`, tests and measurements.
#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "http/server/server.h"
#include "vmedia/serve/publications.h"

#include <cstdint>
#include <memory>
#include <string>

namespace isolde::vmedia {

class ImageServer {
  public:
    /// Serves `image` under a new token until the object goes. `port` 0: any free one. Collaborators must outlive it.
    /// Errors: as http::Server::start.
    static base::Result<std::unique_ptr<ImageServer>> start(std::shared_ptr<const ComposedImage> image,
                                                            const std::string& address, std::uint16_t port,
                                                            base::Random& random, const base::Clock& clock,
                                                            base::Log& log);

    /// "http://<address>:<port>/m/<token>/boot.iso".
    const std::string& url() const { return url_; }
    const http::ServerCounters& counters() const { return server_->counters(); }

    ImageServer(std::unique_ptr<Publications> publications, std::unique_ptr<http::Server> server, std::string url)
        : publications_(std::move(publications)), server_(std::move(server)), url_(std::move(url)) {}

  private:
    std::unique_ptr<Publications> publications_;
    std::unique_ptr<http::Server> server_;
    std::string url_;
};

}  // namespace isolde::vmedia
