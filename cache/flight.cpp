// SPDX-License-Identifier: GPL-3.0-or-later
#include "cache/flight.h"

#include <algorithm>
#include <utility>

namespace isolde::cache {
namespace {

constexpr auto kProgressEvery = std::chrono::seconds(1);

/// Equal for callers who ask for the same with the same rights: user-info counts, for not everybody may read a URL.
std::string flight_key(const ImageSource& source) {
    return source.url + "\n" + (source.expected ? source.expected->str() : "") + (source.any_content ? "\nany" : "");
}

}  // namespace

bool Flight::ended(const std::function<void(const FetchProgress&)>& progress, const std::stop_token& stop) {
    bool ended = false;
    while (!ended && !stop.stop_requested()) {
        if (progress) {
            progress(board_.read());
        }
        base::Lock lock(mutex_);
        ended = ended_.wait_for(mutex_, stop, kProgressEvery,
                                [this]() ISOLDE_REQUIRES(mutex_) { return result_.has_value(); });
    }
    return ended;
}

base::Result<base::Digest> Flight::wait(const std::function<void(const FetchProgress&)>& progress,
                                        const std::stop_token& stop) {
    if (!ended(progress, stop)) {
        return base::cancelled("acquiring " + board_.read().url + " was cancelled");
    }
    base::Lock lock(mutex_);
    return result_->ok() ? base::Result<base::Digest>((*result_)->digest()) : result_->error();
}

Hangar::~Hangar() {
    std::vector<std::shared_ptr<Flight>> all;  // declared first: joined after the lock is gone
    base::Lock lock(mutex_);
    all.swap(landed_);
    for (auto& [key, flight] : running_) {
        flight->thread_.request_stop();
        all.push_back(std::move(flight));
    }
    running_.clear();
}

std::shared_ptr<Flight> Hangar::board(const ImageSource& source, std::string display) {
    reap();
    base::Lock lock(mutex_);
    const std::string key = flight_key(source);
    auto& flight = running_[key];
    if (flight == nullptr) {
        flight = std::make_shared<Flight>(source, std::move(display));
        flight->thread_ =
            std::jthread([this, key, raw = flight.get()](const std::stop_token& stop) { fly(key, *raw, stop); });
    }
    base::Lock inner(flight->mutex_);
    ++flight->waiting_;
    return flight;
}

void Hangar::fly(const std::string& key, Flight& flight, const std::stop_token& stop) {
    auto result = runner_(flight.source_, flight.board_, stop);
    base::Lock lock(mutex_);
    const auto found = running_.find(key);
    if (found != running_.end() && found->second.get() == &flight) {
        landed_.push_back(std::move(found->second));
        running_.erase(found);
    }
    base::Lock inner(flight.mutex_);
    // Without anybody left, the blob need not be kept.
    if (flight.waiting_ > 0) {
        flight.result_ = std::move(result);
    }
    flight.ended_.notify_all();
    flight.finished_ = true;
}

void Hangar::leave(const std::shared_ptr<Flight>& flight) {
    std::optional<base::Result<BlobPin>> unpinned_outside_the_lock;
    base::Lock lock(mutex_);
    base::Lock inner(flight->mutex_);
    if (--flight->waiting_ > 0) {
        return;
    }
    unpinned_outside_the_lock = std::exchange(flight->result_, std::nullopt);
    // A flight that ends for want of passengers must not be boarded again.
    flight->thread_.request_stop();
    const auto found =
        std::find_if(running_.begin(), running_.end(), [&](const auto& row) { return row.second == flight; });
    if (found != running_.end()) {
        landed_.push_back(std::move(found->second));
        running_.erase(found);
    }
}

std::vector<FetchProgress> Hangar::progress() const {
    base::Lock lock(mutex_);
    std::vector<FetchProgress> all;
    for (const auto& [key, flight] : running_) {
        all.push_back(flight->progress());
    }
    return all;
}

/// Joins the threads that have ended. One that was cancelled may need a moment: it is left for another time.
void Hangar::reap() {
    std::vector<std::shared_ptr<Flight>> finished;  // declared first: joined after the lock is gone
    base::Lock lock(mutex_);
    const auto running =
        std::partition(landed_.begin(), landed_.end(), [](const auto& flight) { return flight->finished_.load(); });
    finished.assign(landed_.begin(), running);
    landed_.erase(landed_.begin(), running);
}

}  // namespace isolde::cache
