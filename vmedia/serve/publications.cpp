// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/serve/publications.h"

#include <algorithm>
#include <atomic>
#include <utility>

namespace isolde::vmedia {
namespace {

using namespace std::chrono_literals;

constexpr auto kTellInterval = 1s;

base::Error no_such_publication() {
    return base::not_found("no such image is published");
}

}  // namespace

struct Publications::Entry {
    explicit Entry(Publication record) : publication(std::move(record)) {}

    const Publication publication;
    base::Mutex mutex;
    std::shared_ptr<const ServedImage> served ISOLDE_GUARDED_BY(mutex);
    std::vector<Waiting> waiting ISOLDE_GUARDED_BY(mutex);
    bool composing ISOLDE_GUARDED_BY(mutex) = false;
    base::SteadyTime last_open ISOLDE_GUARDED_BY(mutex);
    ReadTrace trace ISOLDE_GUARDED_BY(mutex);
    std::size_t open ISOLDE_GUARDED_BY(mutex) = 0;
    std::function<void()> on_closed ISOLDE_GUARDED_BY(mutex);
    std::atomic<bool> fresh_reads{false};

    void count_read(std::uint64_t offset, std::uint64_t length, base::WallTime now) {
        {
            base::Lock lock(mutex);
            trace.add(offset, length, now);
        }
        fresh_reads.store(true, std::memory_order_relaxed);
    }

    void close_one() {
        std::function<void()> closed;
        {
            base::Lock lock(mutex);
            if (--open == 0) {
                closed = std::exchange(on_closed, {});
            }
        }
        if (closed) {
            closed();
        }
    }
};

Publications::Publications(PublicationsOptions options, Composer composer, TraceSink sink, const base::Clock& clock,
                           base::Log& log)
    : options_(options), composer_(std::move(composer)), sink_(std::move(sink)), clock_(clock), log_(log) {
    for (unsigned i = 0; i < options_.composers; ++i) {
        composers_.emplace_back([this](const std::stop_token& stop) { work(stop); });
    }
    teller_ = std::jthread([this](const std::stop_token& stop) { tell(stop); });
}

Publications::~Publications() {
    {
        base::Lock lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    stopped_.notify_all();
    composers_.clear();
    teller_ = {};
}

void Publications::publish(const Publication& publication, std::optional<ServedImage> image) {
    std::shared_ptr<Entry> entry;
    {
        base::Lock lock(mutex_);
        auto& slot = entries_[publication.token];
        if (!slot) {
            slot = std::make_shared<Entry>(publication);
        }
        entry = slot;
    }
    if (image) {
        base::Lock lock(entry->mutex);
        entry->served = std::make_shared<const ServedImage>(std::move(*image));
        entry->trace.set_traced_files(entry->served->traced_files);
        entry->last_open = clock_.steady();
    }
    drop_surplus();
}

void Publications::ejecting(const base::PublicationToken& token) {
    if (find(token)) {
        log_.debug("media.ejecting", {{"token", token.str().substr(0, 6)}});
    }
}

void Publications::revoke(const base::PublicationToken& token, std::function<void()> closed) {
    std::shared_ptr<Entry> entry;
    {
        base::Lock lock(mutex_);
        const auto found = entries_.find(token);
        if (found != entries_.end()) {
            entry = std::move(found->second);
            entries_.erase(found);
        }
    }
    if (entry) {
        base::Lock lock(entry->mutex);
        if (entry->open > 0) {
            entry->on_closed = std::move(closed);
            return;
        }
    }
    closed();
}

void Publications::mark_reset(const base::PublicationToken& token, base::WallTime reset) {
    if (const auto entry = find(token)) {
        base::Lock lock(entry->mutex);
        entry->trace.mark_reset(reset);
    }
}

std::optional<TraceSummary> Publications::trace(const base::PublicationToken& token) {
    const auto entry = find(token);
    if (!entry) {
        return std::nullopt;
    }
    base::Lock lock(entry->mutex);
    return entry->trace.summarize(clock_.wall());
}

void Publications::open(const base::PublicationToken& token, const std::string& file_name, const std::string& peer,
                        std::function<void(base::Result<std::shared_ptr<OpenImage>>)> done) {
    const auto entry = find(token);
    const bool allowed = entry && entry->publication.file_name == file_name &&
                         (entry->publication.allowed_address.empty() || entry->publication.allowed_address == peer);
    if (!allowed) {
        done(no_such_publication());
        return;
    }
    std::shared_ptr<const ServedImage> served;
    bool must_compose = false;
    {
        base::Lock lock(entry->mutex);
        served = entry->served;
        entry->last_open = clock_.steady();
        if (!served) {
            entry->waiting.push_back(std::move(done));
            must_compose = !std::exchange(entry->composing, true);
        }
    }
    if (served) {
        done(open_now(entry, std::move(served)));
    } else if (must_compose) {
        {
            base::Lock lock(mutex_);
            to_compose_.push_back(entry);
        }
        changed_.notify_all();
    }
}

base::ByteCount Publications::memory() const {
    base::Lock lock(mutex_);
    base::ByteCount total;
    for (const auto& [token, entry] : entries_) {
        base::Lock entry_lock(entry->mutex);
        total += entry->served ? entry->served->image->memory() : base::ByteCount();
    }
    return total;
}

std::size_t Publications::size() const {
    base::Lock lock(mutex_);
    return entries_.size();
}

std::shared_ptr<Publications::Entry> Publications::find(const base::PublicationToken& token) const {
    base::Lock lock(mutex_);
    const auto found = entries_.find(token);
    return found == entries_.end() ? nullptr : found->second;
}

std::shared_ptr<OpenImage> Publications::open_now(const std::shared_ptr<Entry>& entry,
                                                  std::shared_ptr<const ServedImage> served) {
    {
        base::Lock lock(entry->mutex);
        ++entry->open;
    }
    return std::make_shared<OpenImage>(
        std::move(served),
        [entry, this](std::uint64_t offset, std::uint64_t length) { entry->count_read(offset, length, clock_.wall()); },
        entry->publication.created, [entry] { entry->close_one(); });
}

void Publications::compose(const std::shared_ptr<Entry>& entry) {
    auto composed = composer_(entry->publication);
    std::vector<Waiting> waiting;
    std::shared_ptr<const ServedImage> served;
    {
        base::Lock lock(entry->mutex);
        entry->composing = false;
        waiting.swap(entry->waiting);
        if (composed.ok()) {
            served = entry->served = std::make_shared<const ServedImage>(std::move(*composed));
            entry->trace.set_traced_files(served->traced_files);
        }
    }
    if (!composed.ok()) {
        log_.error("media.compose_failed", {{"node", entry->publication.node}, {"error", composed.error()}});
    }
    for (const Waiting& done : waiting) {
        done(served ? base::Result<std::shared_ptr<OpenImage>>(open_now(entry, served))
                    : base::Result<std::shared_ptr<OpenImage>>(composed.error()));
    }
    drop_surplus();
}

/// Images that nobody reads go, the longest unused first, until the rest fits.
void Publications::drop_surplus() {
    struct Candidate {
        base::SteadyTime last_open;
        std::shared_ptr<Entry> entry;
        base::ByteCount memory;
    };
    std::vector<Candidate> idle;
    base::ByteCount total;
    base::Lock lock(mutex_);
    for (const auto& [token, entry] : entries_) {
        base::Lock entry_lock(entry->mutex);
        if (entry->served) {
            total += entry->served->image->memory();
            if (entry->open == 0) {
                idle.push_back({entry->last_open, entry, entry->served->image->memory()});
            }
        }
    }
    std::sort(idle.begin(), idle.end(), [](const Candidate& a, const Candidate& b) { return a.last_open < b.last_open; });
    for (const Candidate& candidate : idle) {
        if (total <= options_.memory) {
            return;
        }
        base::Lock entry_lock(candidate.entry->mutex);
        candidate.entry->served.reset();
        total -= candidate.memory;
    }
}

void Publications::work(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        std::shared_ptr<Entry> entry;
        {
            base::Lock lock(mutex_);
            while (!stopping_ && to_compose_.empty()) {
                changed_.wait(mutex_);
            }
            if (stopping_) {
                return;
            }
            entry = std::move(to_compose_.front());
            to_compose_.pop_front();
        }
        compose(entry);
    }
}

void Publications::tell(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        std::vector<std::shared_ptr<Entry>> read;
        {
            base::Lock lock(mutex_);
            if (!stopping_) {
                stopped_.wait_for(mutex_, kTellInterval);
            }
            if (stopping_) {
                return;
            }
            for (const auto& [token, entry] : entries_) {
                if (entry->fresh_reads.exchange(false, std::memory_order_relaxed)) {
                    read.push_back(entry);
                }
            }
        }
        for (const auto& entry : read) {
            sink_(entry->publication);
        }
    }
}

}  // namespace isolde::vmedia
