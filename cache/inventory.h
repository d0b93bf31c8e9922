// SPDX-License-Identifier: GPL-3.0-or-later
//
// What is on the disk, who keeps it, and how much space is promised: the one place, under one lock, where the budget is
// held. Everything is answered from memory; changes are written through to the index before they are visible.
#pragma once

#include "base/mutex.h"
#include "cache/budget.h"
#include "cache/index.h"
#include "cache/paths.h"

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>

namespace isolde::cache {

/// Called by name at each durable step. Tests end the process there.
using StepObserver = std::function<void(std::string_view step)>;

class Inventory;

/// Space promised to one download; given back when it goes. Changed by the Inventory only, under its lock.
class Reservation {
  public:
    explicit Reservation(Inventory& inventory) : inventory_(inventory) {}
    ~Reservation();
    Reservation(const Reservation&) = delete;
    Reservation& operator=(const Reservation&) = delete;

  private:
    friend class Inventory;
    Inventory& inventory_;
    base::ByteCount granted_;
    base::ByteCount written_;
};

/// Keeps a blob from eviction as long as the object lives, in memory only.
class BlobPin {
  public:
    BlobPin() = default;
    BlobPin(Inventory& inventory, base::Digest digest) : inventory_(&inventory), digest_(std::move(digest)) {}
    BlobPin(BlobPin&& other) noexcept
        : inventory_(std::exchange(other.inventory_, nullptr)), digest_(std::move(other.digest_)) {}
    BlobPin& operator=(BlobPin&& other) noexcept;
    ~BlobPin();
    const base::Digest& digest() const { return digest_; }

  private:
    Inventory* inventory_ = nullptr;
    base::Digest digest_;
};

/// A URL that was fetched before and whose blob is here.
struct KnownSource {
    SourceRecord record;
    BlobPin pin;
};

/// A finished, verified download on its way into the store.
struct Commit {
    std::string part_name;
    base::Digest sha256;
    std::string sha512;
    base::ByteCount size;
    std::string kind;
    SourceRecord source;
};

/// Thread-safe.
class Inventory {
  public:
    /// Repairs what a kill left. Errors: Conflict (another process has the directory), Internal, Corrupt.
    static base::Result<std::unique_ptr<Inventory>> open(const ImageStoreOptions& options, const base::Clock& clock,
                                                         base::Log& log, StepObserver observer);
    ~Inventory();
    const CachePaths& paths() const { return paths_; }
    const SpaceLimits& limits() const { return limits_; }

    // Space.

    /// Why so many bytes can never be had: Exhausted.
    base::Result<void> may_ever_hold(base::ByteCount total) const;
    /// Raises `reservation` to `total`, evicting what no lease keeps. False: it must wait in line. Errors: Exhausted.
    base::Result<bool> try_reserve(Reservation& reservation, base::ByteCount total);
    /// The same, waiting in line; `on_wait` is told about once a second why. Errors: Exhausted, Cancelled.
    base::Result<void> reserve(Reservation& reservation, base::ByteCount total, const std::stop_token& stop,
                               const std::function<void(std::string)>& on_wait);
    /// For a length that nobody announced: room for `needed` bytes, and for more where that costs no eviction. Never
    /// waits: two that grow could wait for each other for ever. Errors: Exhausted.
    base::Result<void> grow(Reservation& reservation, base::ByteCount needed);
    void note_written(Reservation& reservation, base::ByteCount written);
    void give_back(Reservation& reservation);

    // Parts of downloads.

    /// A part that another attempt left, moved into `reservation`; nothing when there is none.
    std::optional<PartRecord> take_part(const std::string& key, Reservation& reservation);
    base::Result<void> note_part(const PartRecord& part);
    /// Keeps it for a later attempt; its bytes stay used, and go first when space is short.
    base::Result<void> keep_part(const PartRecord& part, Reservation& reservation);
    base::Result<void> discard_part(const std::string& name, Reservation& reservation);

    // Blobs and leases.

    /// Renames the part to its blob and makes it durable; equal content that is here already wins.
    base::Result<BlobPin> commit(const Commit& commit, Reservation& reservation);
    /// The blob with that content (SHA-256 or SHA-512). Errors: NotFound.
    base::Result<BlobPin> pin(const base::Digest& digest);
    std::optional<KnownSource> known_source(const std::string& key);
    base::Result<Blob> find(const base::Digest& digest) const;
    base::Result<Blob> grant(const base::Digest& digest, const Lease& lease);
    base::Result<void> release(const std::vector<Lease>& leases);
    base::Result<void> keep_only(LeaseKind kind, const std::vector<std::string>& holders);
    std::vector<Blob> list() const;
    Usage usage() const;
    base::Result<std::vector<Blob>> evict(base::ByteCount wanted, bool dry_run);
    base::Result<void> remove(const base::Digest& digest);

  private:
    friend class BlobPin;
    struct Entry {
        Blob blob;
        std::string sha512;
        int pins = 0;
    };
    struct KeptPart {
        PartRecord record;
        base::ByteCount size;
    };

    Inventory(const ImageStoreOptions& options, const base::Clock& clock, base::Log& log, StepObserver observer);
    base::Result<void> start();
    void adopt(const IndexContent& content) ISOLDE_REQUIRES(mutex_);
    void reached(std::string_view step) const;
    void changed() ISOLDE_REQUIRES(mutex_);
    void unpin(const base::Digest& digest);

    base::Result<SpaceSnapshot> snapshot() const ISOLDE_REQUIRES(mutex_);
    /// True when granted.
    base::Result<bool> settle(Reservation& reservation, base::ByteCount total) ISOLDE_REQUIRES(mutex_);
    void raise(Reservation& reservation, base::ByteCount total) ISOLDE_REQUIRES(mutex_);
    void forget(Reservation& reservation) ISOLDE_REQUIRES(mutex_);
    struct Turn {
        bool granted = false;
        std::uint64_t changes_seen = 0;
        std::string why_not;
    };
    base::Result<void> wait_in_line(Reservation& reservation, base::ByteCount total, const std::stop_token& stop,
                                    const std::function<void(std::string)>& on_wait);
    base::Result<Turn> take_turn(Reservation& reservation, base::ByteCount total);
    void enter_line(const Reservation* reservation);
    void leave_line(const Reservation* reservation);
    std::string why_waiting(const Reservation* reservation) const ISOLDE_REQUIRES(mutex_);
    base::Result<void> free_up(base::ByteCount wanted) ISOLDE_REQUIRES(mutex_);
    std::vector<Blob> unleased() const ISOLDE_REQUIRES(mutex_);
    std::vector<Blob> all() const ISOLDE_REQUIRES(mutex_);
    base::Result<void> erase_blob(const base::Digest& digest) ISOLDE_REQUIRES(mutex_);
    base::Result<void> erase_part(const std::string& name) ISOLDE_REQUIRES(mutex_);
    Entry* entry_of(const base::Digest& digest) ISOLDE_REQUIRES(mutex_);
    const Entry* entry_of(const base::Digest& digest) const ISOLDE_REQUIRES(mutex_);
    base::Result<void> put_blob_file(const Commit& commit) ISOLDE_REQUIRES(mutex_);
    void record_blob(const BlobRecord& blob, const SourceRecord& source) ISOLDE_REQUIRES(mutex_);

    const CachePaths paths_;
    const SpaceLimits limits_;
    const base::Clock& clock_;
    base::Log& log_;
    const StepObserver observer_;
    base::UniqueFd directory_lock_;

    mutable base::Mutex mutex_;
    base::ConditionVariable changed_;
    std::uint64_t changes_ ISOLDE_GUARDED_BY(mutex_) = 0;
    std::unique_ptr<Index> index_ ISOLDE_GUARDED_BY(mutex_);
    std::map<std::string, Entry> blobs_ ISOLDE_GUARDED_BY(mutex_);           ///< by hex SHA-256
    std::map<std::string, SourceRecord> sources_ ISOLDE_GUARDED_BY(mutex_);  ///< by key
    std::map<std::string, KeptPart> parts_ ISOLDE_GUARDED_BY(mutex_);  ///< by file name; none of a running download
    std::list<const Reservation*> line_ ISOLDE_GUARDED_BY(mutex_);     ///< who waits for space, in order
    base::ByteCount used_ ISOLDE_GUARDED_BY(mutex_);
    base::ByteCount reserved_ ISOLDE_GUARDED_BY(mutex_);
    base::ByteCount written_ ISOLDE_GUARDED_BY(mutex_);
};

}  // namespace isolde::cache
