// SPDX-License-Identifier: GPL-3.0-or-later
//
// One live publication: its composed image while that is in memory, who waits for it, who reads it, and what was read.
#pragma once

#include "base/mutex.h"
#include "vmedia/serve/publications.h"

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace isolde::vmedia {

/// Thread-safe. Server loops call sent() for every response: it only notes the run; the trace is built by whoever asks.
class Publications::Entry final : public ReadObserver, public std::enable_shared_from_this<Entry> {
  public:
    /// `held`: counts the memory of images. `later`: runs a job on a worker. Both outlive the entry's last reader.
    Entry(Publication record, const base::Clock& clock, base::Duration retry, std::atomic<std::uint64_t>& held,
          std::function<void(Job)> later)
        : publication(std::move(record)), clock_(clock), retry_(retry), held_(held), later_(std::move(later)) {}

    const Publication publication;

    void serve(ServedImage image);
    /// The image for one response, or why composing it failed a short while ago. Nothing: `waiting` is kept, and
    /// `first` says whether to compose now.
    std::optional<base::Result<std::shared_ptr<OpenImage>>> open_or_wait(Waiting& waiting, bool& first);
    /// What compose() came to: serves it, and gives those who wait their images or the error.
    void composed(base::Result<ServedImage> result);

    /// Nothing while it has readers or no image; else how long it is unused.
    std::optional<base::SteadyTime> idle_since() const;
    /// Forgets the image, unless it has readers.
    void drop();
    /// The end: forgets the image; `closed` when the last reader has gone.
    void retire(std::function<void()> closed);

    void mark_reset(base::WallTime reset);
    TraceSummary trace();
    /// Whether anything was read since the last call.
    bool take_fresh_reads() { return fresh_reads_.exchange(false, std::memory_order_relaxed); }

    void sent(std::uint64_t offset, std::uint64_t length) override;
    void closed() override;

  private:
    struct Failure {
        base::Error error;
        base::SteadyTime at;
    };
    struct Run {
        std::uint64_t offset;
        std::uint64_t length;
        base::WallTime at;
    };

    std::shared_ptr<OpenImage> open() ISOLDE_REQUIRES(mutex_);
    void replace(std::shared_ptr<const ServedImage> image) ISOLDE_REQUIRES(mutex_);
    void merge_runs() ISOLDE_REQUIRES(mutex_);

    const base::Clock& clock_;
    const base::Duration retry_;
    std::atomic<std::uint64_t>& held_;
    const std::function<void(Job)> later_;
    std::atomic<bool> fresh_reads_{false};
    mutable base::Mutex mutex_;
    std::shared_ptr<const ServedImage> served_ ISOLDE_GUARDED_BY(mutex_);
    std::optional<Failure> failure_ ISOLDE_GUARDED_BY(mutex_);
    std::vector<Waiting> waiting_ ISOLDE_GUARDED_BY(mutex_);
    base::SteadyTime last_open_ ISOLDE_GUARDED_BY(mutex_){};
    std::size_t readers_ ISOLDE_GUARDED_BY(mutex_) = 0;
    std::function<void()> on_closed_ ISOLDE_GUARDED_BY(mutex_);
    std::vector<Run> runs_ ISOLDE_GUARDED_BY(mutex_);
    ReadTrace trace_ ISOLDE_GUARDED_BY(mutex_);
};

}  // namespace isolde::vmedia
