// SPDX-License-Identifier: GPL-3.0-or-later
//
// A few read-only connections, shared by all readers of a process.
#pragma once

#include "base/mutex.h"
#include "base/result.h"
#include "conductor/store/connection.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace isolde::conductor {

/// Thread-safe.
class ReaderPool {
  public:
    /// Errors: as Connection::open.
    static base::Result<std::unique_ptr<ReaderPool>> open(const std::string& path, std::size_t connections) {
        std::unique_ptr<ReaderPool> pool(new ReaderPool);
        base::Lock lock(pool->mutex_);
        for (std::size_t i = 0; i < connections; ++i) {
            pool->free_.push_back(TRY(Connection::open(path, Connection::Access::ReadOnly)));
        }
        return pool;
    }

    /// Runs `work(Connection&)`, waiting while all connections are in use.
    template <typename Work>
    auto read(Work work) {
        Borrowed borrowed(*this);
        return work(*borrowed.connection);
    }

  private:
    struct Borrowed {
        explicit Borrowed(ReaderPool& from) : pool(from), connection(from.take()) {}
        ~Borrowed() { pool.give_back(std::move(connection)); }
        Borrowed(const Borrowed&) = delete;
        Borrowed& operator=(const Borrowed&) = delete;
        ReaderPool& pool;
        std::unique_ptr<Connection> connection;
    };

    ReaderPool() = default;

    std::unique_ptr<Connection> take() {
        base::Lock lock(mutex_);
        while (free_.empty()) changed_.wait(mutex_);
        auto connection = std::move(free_.back());
        free_.pop_back();
        return connection;
    }

    void give_back(std::unique_ptr<Connection> connection) {
        {
            base::Lock lock(mutex_);
            free_.push_back(std::move(connection));
        }
        changed_.notify_one();
    }

    base::Mutex mutex_;
    base::ConditionVariable changed_;
    std::vector<std::unique_ptr<Connection>> free_ ISOLDE_GUARDED_BY(mutex_);
};

}  // namespace isolde::conductor
