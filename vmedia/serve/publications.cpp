// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/serve/publications.h"

#include "vmedia/serve/entry.h"

#include <algorithm>
#include <utility>

namespace isolde::vmedia {
namespace {

constexpr auto kTellInterval = std::chrono::seconds(1);

base::Error no_such_publication() {
    return base::not_found("no such image is published");
}

}  // namespace

Publications::Publications(PublicationsOptions options, Composer composer, TraceSink sink, const base::Clock& clock,
                           base::Log& log)
    : options_(options), composer_(std::move(composer)), sink_(std::move(sink)), clock_(clock), log_(log) {
    for (unsigned i = 0; i < options_.composers; ++i) {
        workers_.emplace_back([this] { work(); });
    }
    teller_ = std::jthread([this] { tell(); });
}

Publications::~Publications() {
    {
        const base::Lock lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    workers_.clear();
    teller_ = {};
}

void Publications::publish(const Publication& publication, std::optional<ServedImage> image) {
    std::shared_ptr<Entry> entry;
    {
        const base::Lock lock(mutex_);
        auto& slot = entries_[publication.token];
        if (!slot) {
            slot = std::make_shared<Entry>(publication, clock_, options_.retry, held_,
                                           [this](Job job) { enqueue(std::move(job)); });
        }
        entry = slot;
    }
    if (image) {
        entry->serve(std::move(*image));
        drop_surplus();
    }
}

void Publications::ejecting(const base::PublicationToken& token) {
    if (find(token)) {
        log_.debug("media.ejecting", {{"token", token.str().substr(0, 6)}});
    }
}

void Publications::revoke(const base::PublicationToken& token, std::function<void()> closed) {
    std::shared_ptr<Entry> entry;
    {
        const base::Lock lock(mutex_);
        if (auto found = entries_.extract(token)) {
            entry = std::move(found.mapped());
        }
    }
    if (entry) {
        entry->retire(std::move(closed));
    } else {
        closed();
    }
}

void Publications::mark_reset(const base::PublicationToken& token, base::WallTime reset) {
    if (const auto entry = find(token)) {
        entry->mark_reset(reset);
    }
}

std::optional<TraceSummary> Publications::trace(const base::PublicationToken& token) {
    const auto entry = find(token);
    return entry ? std::optional(entry->trace()) : std::nullopt;
}

void Publications::open(const base::PublicationToken& token, const std::string& file_name, const std::string& peer,
                        std::function<void(base::Result<std::shared_ptr<OpenImage>>)> done) {
    const auto entry = find(token);
    const bool allowed = entry && entry->publication.file_name == file_name &&
                         (entry->publication.allowed_address.empty() || entry->publication.allowed_address == peer);
    if (!allowed) {
        return done(no_such_publication());
    }
    bool first = false;
    if (auto opened = entry->open_or_wait(done, first)) {
        done(std::move(*opened));
    } else if (first) {
        enqueue([this, entry] { compose(entry); });
    }
}

std::size_t Publications::size() const {
    const base::Lock lock(mutex_);
    return entries_.size();
}

std::shared_ptr<Publications::Entry> Publications::find(const base::PublicationToken& token) const {
    const base::Lock lock(mutex_);
    const auto found = entries_.find(token);
    return found == entries_.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<Publications::Entry>> Publications::entries() const {
    const base::Lock lock(mutex_);
    std::vector<std::shared_ptr<Entry>> all;
    all.reserve(entries_.size());
    for (const auto& [token, entry] : entries_) {
        all.push_back(entry);
    }
    return all;
}

void Publications::compose(const std::shared_ptr<Entry>& entry) {
    auto result = composer_(entry->publication);
    if (!result.ok()) {
        log_.error("media.compose_failed", {{"node", entry->publication.node}, {"error", result.error()}});
    }
    entry->composed(std::move(result));
    if (!find(entry->publication.token)) {
        entry->drop();  // revoked meanwhile
    }
    drop_surplus();
}

/// Images that nobody reads go, the longest unused first, until the rest fits.
void Publications::drop_surplus() {
    if (memory() <= options_.memory) {
        return;
    }
    std::vector<std::pair<base::SteadyTime, std::shared_ptr<Entry>>> idle;
    for (auto& entry : entries()) {
        if (const auto since = entry->idle_since()) {
            idle.emplace_back(*since, std::move(entry));
        }
    }
    std::sort(idle.begin(), idle.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [since, entry] : idle) {
        if (memory() <= options_.memory) {
            return;
        }
        entry->drop();
    }
}

void Publications::enqueue(Job job) {
    {
        const base::Lock lock(mutex_);
        jobs_.push_back(std::move(job));
    }
    changed_.notify_all();
}

/// Waits for it; nothing when all is stopping and done.
std::optional<Publications::Job> Publications::next_job() {
    const base::Lock lock(mutex_);
    while (!stopping_ && jobs_.empty()) {
        changed_.wait(mutex_);
    }
    if (jobs_.empty()) {
        return std::nullopt;
    }
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    return job;
}

void Publications::work() {
    while (const auto job = next_job()) {
        (*job)();
    }
}

/// False when all is stopping.
bool Publications::wait_to_tell() {
    const auto until = std::chrono::steady_clock::now() + kTellInterval;
    const base::Lock lock(mutex_);
    while (!stopping_ && changed_.wait_until(mutex_, until) == std::cv_status::no_timeout) {
    }
    return !stopping_;
}

void Publications::tell() {
    while (wait_to_tell()) {
        for (const auto& entry : entries()) {
            if (entry->take_fresh_reads()) {
                sink_(entry->publication);
            }
        }
    }
}

}  // namespace isolde::vmedia
