// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/serve/entry.h"

namespace isolde::vmedia {
namespace {

/// Runs that are merged in one go, at most.
constexpr std::size_t kRuns = 1024;

std::uint64_t memory_of(const std::shared_ptr<const ServedImage>& served) {
    return served ? served->image->memory().bytes() : 0;
}

}  // namespace

void Publications::Entry::replace(std::shared_ptr<const ServedImage> image) {
    held_ += memory_of(image);
    held_ -= memory_of(served_);
    served_ = std::move(image);
    last_open_ = clock_.steady();
}

void Publications::Entry::serve(ServedImage image) {
    const base::Lock lock(mutex_);
    trace_.set_traced_files(image.traced_files);
    replace(std::make_shared<const ServedImage>(std::move(image)));
}

std::shared_ptr<OpenImage> Publications::Entry::open() {
    ++readers_;
    last_open_ = clock_.steady();
    return std::make_shared<OpenImage>(served_, shared_from_this(), publication.created);
}

std::optional<base::Result<std::shared_ptr<OpenImage>>> Publications::Entry::open_or_wait(Waiting& waiting,
                                                                                          bool& first) {
    const base::Lock lock(mutex_);
    if (served_) {
        return base::Result(open());
    }
    if (failure_ && clock_.steady() - failure_->at < retry_) {
        return base::Result<std::shared_ptr<OpenImage>>(failure_->error);
    }
    first = waiting_.empty();
    waiting_.push_back(std::move(waiting));
    return std::nullopt;
}

void Publications::Entry::composed(base::Result<ServedImage> result) {
    if (result.ok()) {
        serve(std::move(*result));
    }
    std::vector<std::pair<Waiting, std::shared_ptr<OpenImage>>> answers;
    {
        const base::Lock lock(mutex_);
        failure_ = result.ok() ? std::nullopt : std::optional(Failure{result.error(), clock_.steady()});
        for (Waiting& waiting : waiting_) {
            answers.emplace_back(std::move(waiting), result.ok() ? open() : nullptr);
        }
        waiting_.clear();
    }
    for (auto& [waiting, image] : answers) {
        if (image) {
            waiting(std::move(image));
        } else {
            waiting(result.error());
        }
    }
}

std::optional<base::SteadyTime> Publications::Entry::idle_since() const {
    const base::Lock lock(mutex_);
    return served_ && readers_ == 0 ? std::optional(last_open_) : std::nullopt;
}

void Publications::Entry::drop() {
    const base::Lock lock(mutex_);
    if (readers_ == 0) {
        replace(nullptr);
    }
}

void Publications::Entry::retire(std::function<void()> closed) {
    {
        const base::Lock lock(mutex_);
        replace(nullptr);
        if (readers_ > 0) {
            on_closed_ = std::move(closed);
            return;
        }
    }
    closed();
}

void Publications::Entry::mark_reset(base::WallTime reset) {
    const base::Lock lock(mutex_);
    merge_runs();
    trace_.mark_reset(reset);
}

TraceSummary Publications::Entry::trace() {
    const base::Lock lock(mutex_);
    merge_runs();
    return trace_.summarize(clock_.wall());
}

void Publications::Entry::merge_runs() {
    for (const Run& run : runs_) {
        trace_.add(run.offset, run.length, run.at);
    }
    runs_.clear();
}

void Publications::Entry::sent(std::uint64_t offset, std::uint64_t length) {
    const base::WallTime now = clock_.wall();
    {
        const base::Lock lock(mutex_);
        if (runs_.size() == kRuns) {
            merge_runs();
        }
        runs_.push_back({offset, length, now});
    }
    fresh_reads_.store(true, std::memory_order_relaxed);
}

void Publications::Entry::closed() {
    std::function<void()> closed;
    {
        const base::Lock lock(mutex_);
        if (--readers_ == 0) {
            closed = std::exchange(on_closed_, {});
        }
    }
    if (closed) {
        later_(std::move(closed));
    }
}

}  // namespace isolde::vmedia
