// SPDX-License-Identifier: GPL-3.0-or-later
//
// The control plane: /v1 is the OpenStack Ironic API (versions 1.1 to 1.110), /isolde/v1 what Ironic has no word for,
// /healthz, /healthcheck and /metrics. Requests are answered by a pool, never on the server's loops.
#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "base/result.h"
#include "cache/image_store.h"
#include "conductor/engine/engine.h"
#include "conductor/store/store.h"
#include "http/server/server.h"

#include <functional>
#include <memory>
#include <string>

namespace isolde::conductor::api {

struct ApiOptions {
    std::string conductor_name;
    std::string public_url;  ///< for links; empty: from the request's Host
    std::string htpasswd;    ///< file of bcrypt entries; empty: no authentication
    unsigned threads = 8;
};

struct ApiCollaborators {
    Store& store;
    Engine& engine;
    cache::ImageStore& images;
    const base::Clock& clock;
    base::Random& random;
    base::Log& log;
    /// The text of /metrics.
    std::function<std::string()> metrics;
};

/// Thread-safe.
class Api {
  public:
    /// Errors: NotFound, InvalidArgument (htpasswd: a line that is no bcrypt entry, with its number).
    static base::Result<std::unique_ptr<Api>> create(ApiOptions options, ApiCollaborators collaborators);
    virtual ~Api() = default;

    /// For http::Server.
    virtual http::Handler handler() = 0;
    /// Answers what is running, drops what waits. Idempotent.
    virtual void stop() = 0;
};

}  // namespace isolde::conductor::api
