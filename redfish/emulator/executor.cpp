// SPDX-License-Identifier: GPL-3.0-or-later
#include "redfish/emulator/executor.h"

namespace isolde::emulator {

Executor::Executor(unsigned threads) {
    for (unsigned i = 0; i < threads; ++i) {
        threads_.emplace_back([this] { work(); });
    }
}

void Executor::at(base::SteadyTime due, Task task) {
    {
        const base::Lock lock(mutex_);
        if (stopping_) {
            return;
        }
        tasks_.emplace(std::pair(due, next_++), std::move(task));
    }
    changed_.notify_one();
}

void Executor::stop() {
    std::map<std::pair<base::SteadyTime, std::uint64_t>, Task> dropped;
    {
        const base::Lock lock(mutex_);
        stopping_ = true;
        dropped.swap(tasks_);
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) {
        thread.join();
    }
    threads_.clear();
}

void Executor::work() {
    while (true) {
        Task task;
        {
            const base::Lock lock(mutex_);
            while (!stopping_ && (tasks_.empty() || tasks_.begin()->first.first > std::chrono::steady_clock::now())) {
                if (tasks_.empty()) {
                    changed_.wait(mutex_);
                } else {
                    // A copy: wait_until looks at it again when another thread may have taken the task.
                    const base::SteadyTime due = tasks_.begin()->first.first;
                    changed_.wait_until(mutex_, due);
                }
            }
            if (stopping_) {
                return;
            }
            task = std::move(tasks_.begin()->second);
            tasks_.erase(tasks_.begin());
        }
        task();
    }
}

}  // namespace isolde::emulator
