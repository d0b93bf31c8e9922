// SPDX-License-Identifier: GPL-3.0-or-later
//
// Where fetched bytes go: space is reserved before the first one, each is digested and counted, and what is on the disk
// is noted from time to time, so that a kill costs little. What becomes of the part is decided at the end: committed,
// kept for a later attempt, or removed. Belongs to one thread.
#pragma once

#include "base/random.h"
#include "cache/inventory.h"
#include "cache/part_file.h"

#include <functional>
#include <optional>
#include <stop_token>

namespace isolde::cache {

class Intake {
  public:
    struct Job {
        std::string part_key;  ///< names the source and what is expected of it
        bool with_sha512 = false;
        std::stop_token stop;
        /// For progress.
        std::function<void(std::string phase)> phase;
        std::function<void(base::ByteCount received, std::optional<base::ByteCount> total)> count;
    };

    /// Goes on with the part of an earlier attempt when there is one.
    static base::Result<std::unique_ptr<Intake>> open(Inventory& inventory, base::Random& random, Job job);
    ~Intake();
    Intake(const Intake&) = delete;
    Intake& operator=(const Intake&) = delete;

    base::ByteCount received() const { return part_->size(); }
    /// The most that was received at any time.
    base::ByteCount high_water() const { return high_water_; }
    void tell(std::string phase) const { job_.phase(std::move(phase)); }
    /// Of the version that the bytes so far belong to.
    const Validators& validators() const { return record_.validators; }
    const std::stop_token& stop() const { return job_.stop; }

    /// Begins a version from its first byte; `total` when announced. False: there is no space now, call wait_for_space.
    /// Errors: Exhausted.
    base::Result<bool> begin(const Validators& validators, std::optional<base::ByteCount> total);
    /// Waits in line for what `begin` could not have; drops what was received. Errors: Exhausted, Cancelled.
    base::Result<void> wait_for_space();
    /// Errors: Exhausted (more than announced, budget, max_image, disk), Internal.
    base::Result<void> append(base::ByteView bytes);
    base::Result<void> restart();

    /// All announced bytes are here. Errors: Corrupt.
    base::Result<void> check_complete() const;
    PartFile::Digests finish() { return part_->finish(); }
    std::string part_path() const { return inventory_.paths().part(record_.name); }
    base::Result<BlobPin> commit(Commit commit);
    /// Keeps what is there for a later attempt, if it could be gone on with; else nothing is left.
    void keep_for_later();

  private:
    Intake(Inventory& inventory, Job job) : inventory_(inventory), job_(std::move(job)), reservation_(inventory) {}
    base::Result<void> open_part(base::Random& random);
    base::Result<void> note_durable();

    Inventory& inventory_;
    const Job job_;
    Reservation reservation_;
    PartRecord record_;
    std::optional<PartFile> part_;
    std::optional<base::ByteCount> total_;
    base::ByteCount wanted_;
    base::ByteCount high_water_;
    bool settled_ = false;  ///< committed or kept: nothing to remove
};

}  // namespace isolde::cache
