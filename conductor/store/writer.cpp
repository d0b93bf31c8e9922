// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/store/writer.h"

#include <algorithm>

namespace isolde::conductor {
namespace {

using base::Result;

/// Bounds how long one caller can wait for the others of its transaction.
constexpr std::size_t kLargestBatch = 256;
/// How long the rest of a group is waited for: about what the flush takes that it saves.
constexpr auto kGatherFor = std::chrono::milliseconds(5);

}  // namespace

Writer::Writer(std::unique_ptr<Connection> connection)
    : connection_(std::move(connection)), thread_([this] { run(); }) {}

Writer::~Writer() {
    {
        base::Lock lock(mutex_);
        ending_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

Result<void> Writer::submit(Work work) {
    auto job = std::make_unique<Job>();
    job->work = std::move(work);
    auto outcome = job->done.get_future();
    {
        base::Lock lock(mutex_);
        if (ending_) return base::cancelled("the store is being closed");
        queue_.push_back(std::move(job));
        if (!gathering_) changed_.notify_one();
    }
    return outcome.get();
}

WriteStatistics Writer::statistics() const {
    base::Lock lock(mutex_);
    return statistics_;
}

void Writer::run() {
    for (Batch batch = next_batch(); !batch.empty(); batch = next_batch()) {
        write(batch);
        for (auto& job : batch) job->done.set_value(std::move(job->outcome));
    }
}

/// Waits for work; empty at the end.
Writer::Batch Writer::next_batch() {
    base::Lock lock(mutex_);
    while (queue_.empty() && !ending_) changed_.wait(mutex_);
    gathering_ = last_group_ > 1 && !ending_;
    if (gathering_) changed_.wait_for(mutex_, kGatherFor);
    gathering_ = false;
    last_group_ = queue_.size();
    Batch batch;
    while (!queue_.empty() && batch.size() < kLargestBatch) {
        batch.push_back(std::move(queue_.front()));
        queue_.pop_front();
    }
    return batch;
}

void Writer::write(Batch& batch) {
    auto written = write_all(batch);
    if (!written.ok()) {
        (void)connection_->execute("ROLLBACK");  // SQLite may have rolled back already
        for (auto& job : batch) job->outcome = written;
        return;
    }
    base::Lock lock(mutex_);
    statistics_.transactions += 1;
    statistics_.changes += static_cast<std::uint64_t>(
        std::count_if(batch.begin(), batch.end(), [](const auto& job) { return job->outcome.ok(); }));
}

Result<void> Writer::write_all(Batch& batch) {
    TRY(connection_->execute("BEGIN IMMEDIATE"));
    for (auto& job : batch) TRY(write_one(*job));
    TRY(connection_->execute("COMMIT"));
    return {};
}

/// Fails only when the transaction itself is lost: SQLite ends it by itself when the disk is full.
Result<void> Writer::write_one(Job& job) {
    TRY(connection_->execute("SAVEPOINT job"));
    job.outcome = job.work(*connection_);
    if (!job.outcome.ok() && !connection_->execute("ROLLBACK TO job").ok()) return job.outcome;
    TRY(connection_->execute("RELEASE job"));
    return {};
}

}  // namespace isolde::conductor
