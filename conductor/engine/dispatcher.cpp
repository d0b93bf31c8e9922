// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/engine/dispatcher.h"

#include <algorithm>

namespace isolde::conductor {
namespace {

constexpr std::size_t kQueueLimit = 100'000;
constexpr std::size_t kStoreBatch = 1000;

}  // namespace

Dispatcher::Dispatcher(const Store& store, const base::Clock& clock, base::Log& log, unsigned workers,
                       base::Duration poll, Run run)
    : store_(store),
      clock_(clock),
      log_(log),
      poll_(poll),
      run_(std::move(run)),
      workers_(workers, kQueueLimit),
      timer_([this](const std::stop_token& stop) { watch_the_clock(stop); }) {}

void Dispatcher::wake(const OperationKey& key) {
    schedule(key, base::WallTime::min());
}

void Dispatcher::schedule(const OperationKey& key, base::WallTime due) {
    {
        base::Lock lock(mutex_);
        if (running_.contains(key)) {
            if (due == base::WallTime::min()) {
                again_.insert(key);
            }
            return;
        }
        const auto known = due_.find(key);
        if (known != due_.end()) {
            due = std::min(due, known->second);
            order_.erase({known->second, key});
        }
        due_[key] = due;
        order_.insert({due, key});
    }
    changed_.notify_all();
}

void Dispatcher::stop() {
    {
        base::Lock lock(mutex_);
        stopping_ = true;
    }
    timer_.request_stop();
    changed_.notify_all();
    if (timer_.joinable()) {
        timer_.join();
    }
    workers_.stop();
}

void Dispatcher::watch_the_clock(const std::stop_token& stop) {
    auto next_look = clock_.steady();
    while (!stop.stop_requested()) {
        if (clock_.steady() >= next_look) {
            look_into_the_store(clock_.wall());
            next_look = clock_.steady() + poll_;
        }
        start_due(clock_.wall());
        base::Lock lock(mutex_);
        if (stopping_ || (!order_.empty() && order_.begin()->first <= clock_.wall())) {
            continue;
        }
        auto longest = std::chrono::duration_cast<std::chrono::microseconds>(next_look - clock_.steady());
        if (!order_.empty()) {
            longest = std::min(longest, order_.begin()->first - clock_.wall());
        }
        changed_.wait_for(mutex_, std::max(longest, std::chrono::microseconds(1000)));
    }
}

void Dispatcher::start_due(base::WallTime now) {
    base::Lock lock(mutex_);
    while (!stopping_ && !order_.empty() && order_.begin()->first <= now) {
        const OperationKey key = order_.begin()->second;
        order_.erase(order_.begin());
        due_.erase(key);
        running_.insert(key);
        if (!workers_.submit([this, key] { execute(key); })) {
            running_.erase(key);
            return;
        }
    }
}

void Dispatcher::look_into_the_store(base::WallTime now) {
    const auto operations = store_.due_operations(now, kStoreBatch);
    if (!operations.ok()) {
        log_.error("store.failed", {{"doing", "looking for due operations"}, {"error", operations.error()}});
        return;
    }
    for (const Operation& operation : *operations) {
        schedule({operation.node, operation.lane}, operation.wake_at);
    }
}

void Dispatcher::execute(const OperationKey& key) {
    const auto next = run_(key);
    bool again = false;
    {
        base::Lock lock(mutex_);
        running_.erase(key);
        again = again_.erase(key) > 0;
    }
    if (again) {
        wake(key);
    } else if (next) {
        schedule(key, *next);
    }
}

}  // namespace isolde::conductor
