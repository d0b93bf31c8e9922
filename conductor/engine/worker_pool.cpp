// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/engine/worker_pool.h"

#include <utility>

namespace isolde::conductor {

WorkerPool::WorkerPool(unsigned threads, std::size_t queue_limit) : queue_limit_(queue_limit) {
    for (unsigned i = 0; i < threads; ++i) {
        threads_.emplace_back([this] { work(); });
    }
}

bool WorkerPool::submit(std::function<void()> task) {
    {
        base::Lock lock(mutex_);
        if (stopping_ || queue_.size() >= queue_limit_) {
            return false;
        }
        queue_.push_back(std::move(task));
    }
    changed_.notify_one();
    return true;
}

void WorkerPool::stop() {
    {
        base::Lock lock(mutex_);
        stopping_ = true;
        queue_.clear();
    }
    changed_.notify_all();
    threads_.clear();
}

void WorkerPool::work() {
    while (true) {
        std::function<void()> task;
        {
            base::Lock lock(mutex_);
            while (!stopping_ && queue_.empty()) {
                changed_.wait(mutex_);
            }
            if (stopping_) {
                return;
            }
            task = std::move(queue_.front());
            queue_.pop_front();
        }
        task();
    }
}

}  // namespace isolde::conductor
