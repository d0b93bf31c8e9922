// SPDX-License-Identifier: GPL-3.0-or-later
//
// The one writer of a process: what callers submit while a transaction is being made durable waits, and goes together
// into the next one. Many small changes so share the price of one flush of the disk. While changes come in groups, the
// writer waits for the rest of a group; a change that comes alone is written at once.
#pragma once

#include "base/mutex.h"
#include "base/result.h"
#include "conductor/store/connection.h"
#include "conductor/store/store.h"

#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <thread>
#include <vector>

namespace isolde::conductor {

/// Thread-safe.
class Writer {
  public:
    /// Runs in the writer's thread, inside a transaction. When it fails, what it wrote is undone; what others wrote in
    /// the same transaction is not.
    using Work = std::function<base::Result<void>(Connection&)>;

    explicit Writer(std::unique_ptr<Connection> connection);
    /// What was submitted is still written.
    ~Writer();

    /// Returns when `work` is durable, or with its own error. When the transaction fails, all of its works fail.
    /// Errors of its own: as Connection; Cancelled after the end began.
    base::Result<void> submit(Work work);

    WriteStatistics statistics() const;

  private:
    struct Job {
        Work work;
        base::Result<void> outcome;
        std::promise<base::Result<void>> done;
    };
    using Batch = std::vector<std::unique_ptr<Job>>;

    void run();
    Batch next_batch();
    void write(Batch& batch);
    base::Result<void> write_all(Batch& batch);
    base::Result<void> write_one(Job& job);

    std::unique_ptr<Connection> connection_;  ///< used by the thread only
    mutable base::Mutex mutex_;
    base::ConditionVariable changed_;
    std::deque<std::unique_ptr<Job>> queue_ ISOLDE_GUARDED_BY(mutex_);
    WriteStatistics statistics_ ISOLDE_GUARDED_BY(mutex_);
    bool ending_ ISOLDE_GUARDED_BY(mutex_) = false;
    bool gathering_ ISOLDE_GUARDED_BY(mutex_) = false;  ///< new work need not wake the thread
    std::size_t last_group_ ISOLDE_GUARDED_BY(mutex_) = 0;
    std::thread thread_;
};

}  // namespace isolde::conductor
