// SPDX-License-Identifier: GPL-3.0-or-later
//
// The budget: reservations, the line of those who wait, and what is freed for them.
#include "base/check.h"
#include "cache/inventory.h"

#include <algorithm>
#include <iterator>

namespace isolde::cache {
namespace {

using base::ByteCount;

constexpr auto kRecheckEvery = std::chrono::seconds(1);
constexpr ByteCount kGrowthStep = base::mebibytes(64);

}  // namespace

Reservation::~Reservation() {
    inventory_.give_back(*this);
}

base::Result<SpaceSnapshot> Inventory::snapshot() const {
    ByteCount evictable;
    for (const Blob& blob : unleased()) {
        evictable += blob.size;
    }
    for (const auto& [name, part] : parts_) {
        evictable += part.size;
    }
    const ByteCount free = TRY(base::free_space(paths_.directory));
    return SpaceSnapshot{
        .used = used_, .evictable = evictable, .reserved = reserved_, .written = written_, .filesystem_free = free};
}

base::Result<void> Inventory::may_ever_hold(ByteCount total) const {
    base::Lock lock(mutex_);
    const SpaceDecision decision = decide_space(limits_, TRY(snapshot()), {.wanted = total, .held = {}});
    return decision.verdict == SpaceVerdict::Never ? base::Result<void>(base::exhausted(decision.reason))
                                                   : base::Result<void>();
}

/// The only place where the sum of what is used and what is promised rises.
void Inventory::raise(Reservation& reservation, ByteCount total) {
    if (total <= reservation.granted_) {
        return;
    }
    const ByteCount more = total - reservation.granted_;
    ISOLDE_CHECK(used_ + reserved_ + more <= limits_.budget);
    reservation.granted_ += more;
    reserved_ += more;
}

base::Result<bool> Inventory::settle(Reservation& reservation, ByteCount total) {
    // What was evicted may still be open somewhere, so the filesystem is asked again.
    for (bool evicted = false;; evicted = true) {
        const SpaceDecision decision =
            decide_space(limits_, TRY(snapshot()), {.wanted = total, .held = reservation.granted_});
        switch (decision.verdict) {
            case SpaceVerdict::Never: return base::exhausted(decision.reason);
            case SpaceVerdict::Wait: return false;
            case SpaceVerdict::Grant: raise(reservation, total); return true;
            case SpaceVerdict::Evict:
                if (evicted) {
                    return false;
                }
                TRY(free_up(decision.to_evict));
        }
    }
}

base::Result<bool> Inventory::try_reserve(Reservation& reservation, ByteCount total) {
    base::Lock lock(mutex_);
    const bool must_queue = !line_.empty() && total > reservation.granted_;
    if (must_queue) {
        const SpaceDecision decision =
            decide_space(limits_, TRY(snapshot()), {.wanted = total, .held = reservation.granted_});
        return decision.verdict == SpaceVerdict::Never ? base::Result<bool>(base::exhausted(decision.reason))
                                                       : base::Result<bool>(false);
    }
    return settle(reservation, total);
}

std::string Inventory::why_waiting(const Reservation* reservation) const {
    std::string text = "waiting for space: ";
    const std::string holders = describe_holders(all());
    text += holders.empty() ? "" : holders + ", ";
    text += reserved_.bytes() == 0 ? "" : base::to_string(reserved_) + " promised to downloads, ";
    const auto place = std::distance(line_.begin(), std::find(line_.begin(), line_.end(), reservation)) + 1;
    return text + "place " + std::to_string(place) + " of " + std::to_string(line_.size()) + " in line";
}

base::Result<void> Inventory::reserve(Reservation& reservation, ByteCount total, const std::stop_token& stop,
                                      const std::function<void(std::string)>& on_wait) {
    enter_line(&reservation);
    auto outcome = wait_in_line(reservation, total, stop, on_wait);
    leave_line(&reservation);
    return outcome;
}

base::Result<void> Inventory::wait_in_line(Reservation& reservation, ByteCount total, const std::stop_token& stop,
                                           const std::function<void(std::string)>& on_wait) {
    while (true) {
        const Turn turn = TRY(take_turn(reservation, total));
        if (turn.granted) {
            return {};
        }
        on_wait(turn.why_not);
        base::Lock lock(mutex_);
        changed_.wait_for(mutex_, stop, kRecheckEvery,
                          [&]() ISOLDE_REQUIRES(mutex_) { return changes_ != turn.changes_seen; });
        if (stop.stop_requested()) {
            return base::cancelled("cancelled while " + turn.why_not);
        }
    }
}

base::Result<Inventory::Turn> Inventory::take_turn(Reservation& reservation, ByteCount total) {
    base::Lock lock(mutex_);
    const bool first = line_.front() == &reservation;
    const bool granted = first && TRY(settle(reservation, total));
    return Turn{.granted = granted, .changes_seen = changes_, .why_not = granted ? "" : why_waiting(&reservation)};
}

void Inventory::enter_line(const Reservation* reservation) {
    base::Lock lock(mutex_);
    line_.push_back(reservation);
}

void Inventory::leave_line(const Reservation* reservation) {
    base::Lock lock(mutex_);
    line_.remove(reservation);
    changed();
}

base::Result<void> Inventory::grow(Reservation& reservation, ByteCount needed) {
    base::Lock lock(mutex_);
    if (needed <= reservation.granted_) {
        return {};
    }
    if (!TRY(settle(reservation, needed))) {
        return base::exhausted("the length was not announced, and after " + base::to_string(reservation.granted_) +
                               " no more space is free: " + describe_holders(all()));
    }
    const std::int64_t spare = line_.empty() ? room(limits_, TRY(snapshot())) : 0;
    const ByteCount ceiling = std::min(limits_.max_image, reservation.granted_ + kGrowthStep);
    if (spare > 0 && ceiling > reservation.granted_) {
        raise(reservation, std::min(ceiling, reservation.granted_ + ByteCount(static_cast<std::uint64_t>(spare))));
    }
    return {};
}

void Inventory::note_written(Reservation& reservation, ByteCount written) {
    base::Lock lock(mutex_);
    written_ -= reservation.written_;
    reservation.written_ = std::min(written, reservation.granted_);
    written_ += reservation.written_;
}

void Inventory::forget(Reservation& reservation) {
    reserved_ -= std::exchange(reservation.granted_, {});
    written_ -= std::exchange(reservation.written_, {});
    changed();
}

void Inventory::give_back(Reservation& reservation) {
    base::Lock lock(mutex_);
    forget(reservation);
}

/// Parts that nobody works on go first: they are worth less than whole images.
base::Result<void> Inventory::free_up(ByteCount wanted) {
    ByteCount freed;
    while (freed < wanted && !parts_.empty()) {
        freed += parts_.begin()->second.size;
        TRY(erase_part(parts_.begin()->first));
    }
    for (const Blob& victim : choose_victims(unleased(), wanted - freed)) {
        log_.info("cache.evicted", {{"digest", victim.digest.hex()}, {"size", victim.size}});
        TRY(erase_blob(victim.digest));
    }
    return {};
}

std::optional<PartRecord> Inventory::take_part(const std::string& key, Reservation& reservation) {
    base::Lock lock(mutex_);
    const auto found =
        std::find_if(parts_.begin(), parts_.end(), [&](const auto& part) { return part.second.record.key == key; });
    if (found == parts_.end()) {
        return std::nullopt;
    }
    const KeptPart part = std::move(found->second);
    parts_.erase(found);
    used_ -= part.size;
    reservation.granted_ = reservation.written_ = part.size;
    reserved_ += part.size;
    written_ += part.size;
    return part.record;
}

base::Result<void> Inventory::note_part(const PartRecord& part) {
    base::Lock lock(mutex_);
    TRY(index_->put_part(part));
    reached("part-noted");
    return {};
}

base::Result<void> Inventory::keep_part(const PartRecord& part, Reservation& reservation) {
    base::Lock lock(mutex_);
    TRY(index_->put_part(part));
    forget(reservation);
    used_ += part.durable;
    parts_[part.name] = KeptPart{part, part.durable};
    return {};
}

base::Result<void> Inventory::discard_part(const std::string& name, Reservation& reservation) {
    base::Lock lock(mutex_);
    TRY(base::remove_file(paths_.part(name)));
    reached("part-removed");
    TRY(index_->drop_part(name));
    forget(reservation);
    return {};
}

base::Result<void> Inventory::erase_part(const std::string& name) {
    TRY(base::remove_file(paths_.part(name)));
    TRY(index_->drop_part(name));
    used_ -= parts_.at(name).size;
    parts_.erase(name);
    changed();
    return {};
}

}  // namespace isolde::cache
