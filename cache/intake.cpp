// SPDX-License-Identifier: GPL-3.0-or-later
#include "cache/intake.h"

#include <algorithm>

namespace isolde::cache {
namespace {

/// So much is lost at most by a kill in a long download.
constexpr base::ByteCount kNoteEvery = base::mebibytes(64);

}  // namespace

base::Result<std::unique_ptr<Intake>> Intake::open(Inventory& inventory, base::Random& random, Job job) {
    std::unique_ptr<Intake> intake(new Intake(inventory, std::move(job)));
    TRY(intake->open_part(random));
    return intake;
}

base::Result<void> Intake::open_part(base::Random& random) {
    if (auto left = inventory_.take_part(job_.part_key, reservation_)) {
        record_ = std::move(*left);
        job_.phase("reading what an earlier attempt left");
        auto part = PartFile::reopen(part_path(), job_.with_sha512, job_.stop);
        if (part) {
            part_ = std::move(part).value();
            return {};
        }
        if (part.error().kind == base::ErrorKind::Cancelled) {
            settled_ = inventory_.keep_part(record_, reservation_).ok();
            return std::move(part).error();
        }
        TRY(inventory_.discard_part(record_.name, reservation_));
    }
    record_ = PartRecord{.name = random.token() + ".part", .key = job_.part_key, .validators = {}, .durable = {}};
    TRY(inventory_.note_part(record_));
    part_ = TRY(PartFile::create(part_path(), job_.with_sha512));
    return {};
}

Intake::~Intake() {
    if (!settled_) {
        // What cannot be removed now is removed at the next start.
        (void)inventory_.discard_part(record_.name, reservation_);
    }
}

base::Result<bool> Intake::begin(const Validators& validators, std::optional<base::ByteCount> total) {
    record_.validators = validators;
    total_ = total;
    wanted_ = total.value_or(base::ByteCount(1));
    if (!TRY(inventory_.try_reserve(reservation_, wanted_))) {
        return false;
    }
    job_.phase("downloading");
    job_.count(received(), total_);
    return true;
}

base::Result<void> Intake::wait_for_space() {
    // Who waits holds nothing: two that hold a part each could wait for each other for ever.
    TRY(restart());
    inventory_.give_back(reservation_);
    return inventory_.reserve(reservation_, wanted_, job_.stop, job_.phase);
}

base::Result<void> Intake::append(base::ByteView bytes) {
    const base::ByteCount after = received() + base::ByteCount(bytes.size());
    if (total_ && after > *total_) {
        return base::corrupt("more bytes come than the " + base::to_string(*total_) + " that were announced");
    }
    TRY(inventory_.grow(reservation_, after));
    TRY(part_->append(bytes));
    inventory_.note_written(reservation_, after);
    high_water_ = std::max(high_water_, after);
    job_.count(after, total_);
    return after - record_.durable >= kNoteEvery ? note_durable() : base::Result<void>();
}

base::Result<void> Intake::note_durable() {
    TRY(part_->sync());
    record_.durable = received();
    return inventory_.note_part(record_);
}

base::Result<void> Intake::restart() {
    if (record_.durable.bytes() != 0) {
        record_.durable = {};
        TRY(inventory_.note_part(record_));
    }
    TRY(part_->restart());
    inventory_.note_written(reservation_, {});
    return {};
}

base::Result<void> Intake::check_complete() const {
    if (total_ && received() != *total_) {
        return base::corrupt(base::to_string(received()) + " came of the " + base::to_string(*total_) +
                             " that were announced");
    }
    return {};
}

base::Result<BlobPin> Intake::commit(Commit commit) {
    commit.part_name = record_.name;
    commit.size = received();
    // The long part of making it durable, before the inventory's lock is taken.
    TRY(part_->sync());
    BlobPin pin = TRY(inventory_.commit(commit, reservation_));
    settled_ = true;
    return pin;
}

void Intake::keep_for_later() {
    if (received().bytes() == 0 || !part_->sync().ok()) {
        return;
    }
    record_.durable = received();
    settled_ = inventory_.keep_part(record_, reservation_).ok();
}

}  // namespace isolde::cache
