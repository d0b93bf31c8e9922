// SPDX-License-Identifier: GPL-3.0-or-later
//
// /metrics in the Prometheus text format, gathered when it is asked for.
#pragma once

#include "cache/image_store.h"
#include "conductor/store/store.h"
#include "http/server/server.h"

#include <atomic>
#include <string>

namespace isolde::conductor {

struct MetricsSources {
    const Store& store;
    const cache::ImageStore& images;
    const http::ServerCounters& media;
    std::atomic<const http::ServerCounters*> api{
        nullptr};  ///< set once that server runs: it answers these metrics itself
};

/// Thread-safe. Names: isolde_nodes{provision_state}, isolde_images_bytes{kind}, isolde_http_*{server}.
std::string render_metrics(const MetricsSources& sources);

}  // namespace isolde::conductor
