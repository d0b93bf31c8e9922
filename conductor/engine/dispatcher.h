// SPDX-License-Identifier: GPL-3.0-or-later
//
// Brings due operations to the workers: a heap of due times known to this process, and a look into the store now and
// then for what other conductors left. An operation never runs twice at once in this process.
#pragma once

#include "base/clock.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/mutex.h"
#include "conductor/engine/worker_pool.h"
#include "conductor/store/store.h"

#include <functional>
#include <map>
#include <optional>
#include <queue>
#include <set>
#include <thread>
#include <utility>

namespace isolde::conductor {

struct OperationKey {
    base::NodeId node;
    Lane lane = Lane::Provision;
    auto operator<=>(const OperationKey&) const = default;
};

/// Thread-safe.
class Dispatcher {
  public:
    /// Runs one operation; returns when it next wants to run, nothing when it is over.
    using Run = std::function<std::optional<base::WallTime>(const OperationKey&)>;

    /// `poll`: how often the store is asked for operations that this process does not know of.
    Dispatcher(const Store& store, const base::Clock& clock, base::Log& log, unsigned workers, base::Duration poll,
               Run run);
    ~Dispatcher() { stop(); }

    /// Runs the operation as soon as a worker is free, whatever its due time. While it runs: once more afterwards.
    void wake(const OperationKey& key);
    /// Runs it at `due`, unless woken before.
    void schedule(const OperationKey& key, base::WallTime due);
    void stop();

  private:
    void watch_the_clock(const std::stop_token& stop);
    void start_due(base::WallTime now);
    void look_into_the_store(base::WallTime now);
    void execute(const OperationKey& key);

    const Store& store_;
    const base::Clock& clock_;
    base::Log& log_;
    const base::Duration poll_;
    Run run_;

    base::Mutex mutex_;
    base::ConditionVariable changed_;
    std::map<OperationKey, base::WallTime> due_ ISOLDE_GUARDED_BY(mutex_);
    std::set<std::pair<base::WallTime, OperationKey>> order_ ISOLDE_GUARDED_BY(mutex_);
    std::set<OperationKey> running_ ISOLDE_GUARDED_BY(mutex_);
    std::set<OperationKey> again_ ISOLDE_GUARDED_BY(mutex_);
    bool stopping_ ISOLDE_GUARDED_BY(mutex_) = false;
    WorkerPool workers_;
    std::jthread timer_;
};

}  // namespace isolde::conductor
