// SPDX-License-Identifier: GPL-3.0-or-later
//
// A few threads that run tasks at once or at a given time. The emulator has two: one for what is short (the agenda of
// the machines, delayed answers), one for what blocks (hosts that read their medium).
#pragma once

#include "base/clock.h"
#include "base/mutex.h"

#include <cstdint>
#include <functional>
#include <map>
#include <thread>
#include <utility>
#include <vector>

namespace isolde::emulator {

/// Thread-safe. Tasks with the same due time run in the order in which they were given.
class Executor {
  public:
    using Task = std::function<void()>;

    explicit Executor(unsigned threads);
    ~Executor() { stop(); }

    void post(Task task) { at(base::SteadyTime::min(), std::move(task)); }
    /// `due` on std::chrono::steady_clock. Tasks given after stop() never run.
    void at(base::SteadyTime due, Task task);
    /// Lets running tasks end, drops the others, joins the threads. Idempotent. Not from a task.
    void stop();

  private:
    void work();

    base::Mutex mutex_;
    base::ConditionVariable changed_;
    bool stopping_ ISOLDE_GUARDED_BY(mutex_) = false;
    std::uint64_t next_ ISOLDE_GUARDED_BY(mutex_) = 0;
    std::map<std::pair<base::SteadyTime, std::uint64_t>, Task> tasks_ ISOLDE_GUARDED_BY(mutex_);
    std::vector<std::thread> threads_;
};

}  // namespace isolde::emulator
