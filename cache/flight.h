// SPDX-License-Identifier: GPL-3.0-or-later
//
// One acquisition on a thread of its own, shared by all who want that source: it goes on as long as one of them waits,
// and keeps the blob until each has its lease.
#pragma once

#include "cache/acquisition.h"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <thread>
#include <vector>

namespace isolde::cache {

/// Thread-safe.
class Flight {
  public:
    Flight(ImageSource source, std::string display) : source_(std::move(source)), board_(std::move(display)) {}

    const ImageSource& source() const { return source_; }
    FetchProgress progress() const { return board_.read(); }
    /// The digest of the blob, which stays pinned until `leave`. Calls `progress` about once a second.
    base::Result<base::Digest> wait(const std::function<void(const FetchProgress&)>& progress,
                                    const std::stop_token& stop);

  private:
    friend class Hangar;
    bool ended(const std::function<void(const FetchProgress&)>& progress, const std::stop_token& stop);

    const ImageSource source_;
    ProgressBoard board_;
    base::Mutex mutex_;
    base::ConditionVariable ended_;
    int waiting_ ISOLDE_GUARDED_BY(mutex_) = 0;
    std::optional<base::Result<BlobPin>> result_ ISOLDE_GUARDED_BY(mutex_);
    std::atomic<bool> finished_ = false;  ///< the thread has nothing left to do
    std::jthread thread_;
};

/// All flights. Thread-safe. When it goes, running flights are cancelled and waited for.
class Hangar {
  public:
    using Runner = std::function<base::Result<BlobPin>(const ImageSource&, ProgressBoard&, const std::stop_token&)>;
    explicit Hangar(Runner runner) : runner_(std::move(runner)) {}
    ~Hangar();

    /// Joins the flight of that source, or starts one.
    std::shared_ptr<Flight> board(const ImageSource& source, std::string display);
    /// Once for each `board`, after the result was used. The last one who leaves ends a flight that still runs.
    void leave(const std::shared_ptr<Flight>& flight);
    std::vector<FetchProgress> progress() const;

  private:
    void fly(const std::string& key, Flight& flight, const std::stop_token& stop);
    void reap();

    const Runner runner_;
    mutable base::Mutex mutex_;
    std::map<std::string, std::shared_ptr<Flight>> running_ ISOLDE_GUARDED_BY(mutex_);
    std::vector<std::shared_ptr<Flight>> landed_ ISOLDE_GUARDED_BY(mutex_);  ///< to be joined
};

}  // namespace isolde::cache
