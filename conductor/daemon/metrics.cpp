// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/daemon/metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>
#include <map>

namespace isolde::conductor {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

ClientMetric sample(MetricType type, const std::string& label, const std::string& value, double number) {
    ClientMetric metric;
    metric.label = {{label, value}};
    (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = number;
    return metric;
}

MetricFamily nodes_by_state(const Store& store) {
    MetricFamily family{"isolde_nodes", "Nodes by provision state", MetricType::Gauge, {}};
    std::map<std::string, double> counts;
    NodeFilter filter;
    while (true) {
        const auto page = store.list_nodes(filter);
        if (!page.ok() || page->empty()) {
            break;
        }
        for (const Node& node : *page) {
            counts[std::string(to_string(node.provision_state))] += 1;
        }
        filter.after = page->back().id;
    }
    for (const auto& [state, count] : counts) {
        family.metric.push_back(sample(MetricType::Gauge, "provision_state", state, count));
    }
    return family;
}

MetricFamily image_bytes(const cache::ImageStore& images) {
    MetricFamily family{"isolde_images_bytes", "Space of the image store in bytes", MetricType::Gauge, {}};
    const cache::Usage usage = images.usage();
    const std::pair<const char*, base::ByteCount> rows[] = {{"budget", usage.budget},
                                                            {"used", usage.used},
                                                            {"reserved", usage.reserved},
                                                            {"evictable", usage.evictable},
                                                            {"filesystem_free", usage.filesystem_free}};
    for (const auto& [kind, count] : rows) {
        family.metric.push_back(sample(MetricType::Gauge, "kind", kind, static_cast<double>(count.bytes())));
    }
    return family;
}

MetricFamily of_servers(const MetricsSources& sources, const char* name, const char* help, MetricType type,
                        std::atomic<std::uint64_t> http::ServerCounters::*counter) {
    MetricFamily family{name, help, type, {}};
    const std::pair<const char*, const http::ServerCounters*> servers[] = {{"api", sources.api.load()},
                                                                           {"media", &sources.media}};
    for (const auto& [server, counters] : servers) {
        if (counters != nullptr) {
            family.metric.push_back(sample(type, "server", server, static_cast<double>((counters->*counter).load())));
        }
    }
    return family;
}

}  // namespace

std::string render_metrics(const MetricsSources& sources) {
    using Counters = http::ServerCounters;
    const std::vector<MetricFamily> families{
        nodes_by_state(sources.store),
        image_bytes(sources.images),
        of_servers(sources, "isolde_http_connections_open", "Open connections", MetricType::Gauge,
                   &Counters::connections_open),
        of_servers(sources, "isolde_http_connections_refused_total", "Connections refused by a limit",
                   MetricType::Counter, &Counters::connections_refused),
        of_servers(sources, "isolde_http_requests_total", "Requests", MetricType::Counter, &Counters::requests),
        of_servers(sources, "isolde_http_sent_bytes_total", "Bytes of responses", MetricType::Counter,
                   &Counters::bytes_sent),
        of_servers(sources, "isolde_http_timeouts_total", "Connections cut by a deadline", MetricType::Counter,
                   &Counters::timeouts),
    };
    return prometheus::TextSerializer().Serialize(families);
}

}  // namespace isolde::conductor
