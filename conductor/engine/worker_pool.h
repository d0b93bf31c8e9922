// SPDX-License-Identifier: GPL-3.0-or-later
//
// A fixed number of threads that run what is put into a bounded queue, in order of arrival.
#pragma once

#include "base/mutex.h"

#include <cstddef>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

namespace isolde::conductor {

/// Thread-safe.
class WorkerPool {
  public:
    WorkerPool(unsigned threads, std::size_t queue_limit);
    ~WorkerPool() { stop(); }

    /// False when the queue is full or the pool stops: the task will not run.
    [[nodiscard]] bool submit(std::function<void()> task);
    /// Lets running tasks end, drops queued ones, joins. Idempotent.
    void stop();

  private:
    void work();

    const std::size_t queue_limit_;
    base::Mutex mutex_;
    base::ConditionVariable changed_;
    std::deque<std::function<void()>> queue_ ISOLDE_GUARDED_BY(mutex_);
    bool stopping_ ISOLDE_GUARDED_BY(mutex_) = false;
    std::vector<std::jthread> threads_;
};

}  // namespace isolde::conductor
