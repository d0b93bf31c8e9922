// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/engine/power_sync.h"

#include "conductor/engine/steps/host_steps.h"

#include <algorithm>

namespace isolde::conductor {
namespace {

using namespace std::chrono_literals;

constexpr auto kTick = 1s;
constexpr std::size_t kNodesPerPage = 1000;

/// Only nodes at rest: an operation looks by itself.
bool wants_a_look(const Node& node) {
    return !node.maintenance &&
           (node.provision_state == ProvisionState::Manageable || node.provision_state == ProvisionState::Available ||
            node.provision_state == ProvisionState::Active);
}

}  // namespace

PowerSync::PowerSync(const Services& services, Inquiries& inquiries, std::function<void(const base::NodeId&)> tell)
    : services_(services),
      inquiries_(inquiries),
      tell_(std::move(tell)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void PowerSync::stop() {
    {
        base::Lock lock(mutex_);
        stopping_ = true;
    }
    thread_.request_stop();
    changed_.notify_all();
    if (thread_.joinable()) {
        thread_.join();
    }
}

void PowerSync::run(const std::stop_token& stop) {
    const auto page_interval = std::max<base::Duration>(kTick, services_.options.power_sync_interval / 10);
    while (!stop.stop_requested()) {
        start_due_looks();
        base::Lock lock(mutex_);
        if (!stopping_) {
            changed_.wait_for(mutex_, page_interval);
        }
    }
}

void PowerSync::start_due_looks() {
    NodeFilter filter;
    filter.limit = kNodesPerPage;
    const auto interval = services_.options.power_sync_interval;
    while (true) {
        const auto nodes = services_.store.list_nodes(filter);
        if (!nodes.ok() || nodes->empty()) {
            return;
        }
        for (const Node& node : *nodes) {
            auto& due = next_[node.id];
            if (due == base::SteadyTime{}) {
                due = services_.clock.steady() +
                      base::Duration(services_.random.below(static_cast<std::uint64_t>(interval.count()) + 1));
            }
            if (wants_a_look(node) && due <= services_.clock.steady()) {
                due = services_.clock.steady() + interval;
                if (!inquiries_.submit([this, id = node.id] { look(id); })) {
                    return;
                }
            }
        }
        filter.after = nodes->back().id;
    }
}

void PowerSync::look(const base::NodeId& id) {
    auto changed = [&]() -> base::Result<bool> {
        Node node = TRY(services_.store.node(id));
        const auto bmc = TRY(bmc_of(node, services_));
        const auto power = TRY(bmc->power(bmc_deadline(services_)));
        const std::string shown = power == bmc::Power::Unknown ? node.power_state : std::string(bmc::to_string(power));
        const auto running = TRY(services_.store.operation(id, Lane::Power));
        if (shown == node.power_state || running) {
            return false;
        }
        node.power_state = shown;
        Change change;
        change.node = std::move(node);
        TRY(services_.store.apply(change));
        return true;
    }();
    if (changed.ok() && *changed) {
        tell_(id);
    } else if (!changed.ok() && changed.error().kind != base::ErrorKind::Conflict) {
        services_.log.warning("power.unknown", {{"node", id}, {"error", changed.error()}});
    }
}

}  // namespace isolde::conductor
