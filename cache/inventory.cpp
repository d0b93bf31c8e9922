// SPDX-License-Identifier: GPL-3.0-or-later
//
// Blobs and their leases.
#include "cache/inventory.h"

#include "cache/recovery.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <algorithm>
#include <cerrno>

namespace isolde::cache {
namespace {

base::Result<base::UniqueFd> lock_directory(const CachePaths& paths) {
    base::UniqueFd file(::open(paths.lock().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!file) {
        return base::from_errno("cannot open " + paths.lock(), errno);
    }
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
        return base::conflict("image cache " + paths.directory + " is in use by another process");
    }
    return file;
}

bool same_lease(const Lease& a, const Lease& b) {
    return a.kind == b.kind && a.holder == b.holder;
}

std::string holders_text(const std::vector<Lease>& leases) {
    std::string text;
    for (const Lease& lease : leases) {
        text += (text.empty() ? "" : ", ") + std::string(to_string(lease.kind)) + " " + lease.holder;
    }
    return text;
}

base::Error no_such_blob(const base::Digest& digest) {
    return base::not_found("no image with digest " + digest.str() + " is in the cache");
}

}  // namespace

BlobPin& BlobPin::operator=(BlobPin&& other) noexcept {
    std::swap(inventory_, other.inventory_);
    std::swap(digest_, other.digest_);
    return *this;
}

BlobPin::~BlobPin() {
    if (inventory_ != nullptr) {
        inventory_->unpin(digest_);
    }
}

Inventory::Inventory(const ImageStoreOptions& options, const base::Clock& clock, base::Log& log, StepObserver observer)
    : paths_{options.directory},
      limits_{.budget = options.budget, .min_free = options.min_free, .max_image = options.max_image},
      clock_(clock),
      log_(log),
      observer_(std::move(observer)) {}

Inventory::~Inventory() = default;

base::Result<std::unique_ptr<Inventory>> Inventory::open(const ImageStoreOptions& options, const base::Clock& clock,
                                                         base::Log& log, StepObserver observer) {
    std::unique_ptr<Inventory> inventory(new Inventory(options, clock, log, std::move(observer)));
    TRY(inventory->start().with_context("opening the image cache " + options.directory));
    return inventory;
}

base::Result<void> Inventory::start() {
    TRY(base::make_directories(paths_.blobs()));
    TRY(base::make_directories(paths_.downloads()));
    directory_lock_ = TRY(lock_directory(paths_));
    base::Lock lock(mutex_);
    index_ = TRY(Index::open(paths_.index()));
    adopt(TRY(reconcile(paths_, *index_, log_)));
    if (used_ > limits_.budget) {
        TRY(free_up(used_ - limits_.budget));
    }
    return {};
}

void Inventory::adopt(const IndexContent& content) {
    for (const BlobRecord& blob : content.blobs) {
        Entry& entry = blobs_[blob.digest.hex()];
        entry.sha512 = blob.sha512;
        entry.blob = Blob{.digest = blob.digest,
                          .size = blob.size,
                          .path = paths_.blob(blob.digest.hex()),
                          .kind = blob.kind,
                          .last_used = blob.last_used};
        used_ += blob.size;
    }
    for (const auto& [blob, lease] : content.leases) {
        if (const auto entry = blobs_.find(blob); entry != blobs_.end()) {
            entry->second.blob.leases.push_back(lease);
        }
    }
    for (const SourceRecord& source : content.sources) {
        if (blobs_.contains(source.blob)) {
            sources_[source.key] = source;
        }
    }
    for (const PartRecord& part : content.parts) {
        parts_[part.name] = KeptPart{part, part.durable};
        used_ += part.durable;
    }
}

void Inventory::reached(std::string_view step) const {
    if (observer_) {
        observer_(step);
    }
}

void Inventory::changed() {
    ++changes_;
    changed_.notify_all();
}

Inventory::Entry* Inventory::entry_of(const base::Digest& digest) {
    if (digest.algorithm() == base::DigestAlgorithm::Sha256) {
        const auto found = blobs_.find(digest.hex());
        return found == blobs_.end() ? nullptr : &found->second;
    }
    const auto found =
        std::find_if(blobs_.begin(), blobs_.end(), [&](const auto& row) { return row.second.sha512 == digest.hex(); });
    return found == blobs_.end() ? nullptr : &found->second;
}

/// One look-up for both: what it finds is const here again.
const Inventory::Entry* Inventory::entry_of(const base::Digest& digest) const {
    return const_cast<Inventory*>(this)->entry_of(digest);
}

std::vector<Blob> Inventory::all() const {
    std::vector<Blob> blobs;
    for (const auto& [hex, entry] : blobs_) {
        blobs.push_back(entry.blob);
        for (const auto& [key, source] : sources_) {
            if (source.blob == hex) {
                blobs.back().urls.push_back(source.display);
            }
        }
    }
    return blobs;
}

std::vector<Blob> Inventory::unleased() const {
    std::vector<Blob> blobs;
    for (const auto& [hex, entry] : blobs_) {
        if (entry.blob.leases.empty() && entry.pins == 0) {
            blobs.push_back(entry.blob);
        }
    }
    return blobs;
}

base::Result<void> Inventory::put_blob_file(const Commit& commit) {
    const std::string part = paths_.part(commit.part_name);
    const base::UniqueFd file = TRY(base::open_for_reading(part));
    if (::fchmod(file.get(), 0444) != 0 || ::fsync(file.get()) != 0) {
        return base::from_errno("cannot finish " + part, errno);
    }
    reached("part-synced");
    TRY(base::rename_durably(part, paths_.blob(commit.sha256.hex())));
    reached("blob-renamed");
    return {};
}

void Inventory::record_blob(const BlobRecord& blob, const SourceRecord& source) {
    sources_[source.key] = source;
    if (!blobs_.contains(blob.digest.hex())) {
        used_ += blob.size;
    }
    Entry& entry = blobs_[blob.digest.hex()];
    entry.sha512 = blob.sha512;
    entry.blob.digest = blob.digest;
    entry.blob.size = blob.size;
    entry.blob.path = paths_.blob(blob.digest.hex());
    entry.blob.kind = blob.kind;
    entry.blob.last_used = blob.last_used;
    ++entry.pins;
}

base::Result<BlobPin> Inventory::commit(const Commit& commit, Reservation& reservation) {
    base::Lock lock(mutex_);
    const Entry* present = entry_of(commit.sha256);
    if (present == nullptr) {
        TRY(put_blob_file(commit));
    }
    const std::string sha512 = commit.sha512.empty() && present != nullptr ? present->sha512 : commit.sha512;
    const BlobRecord blob{commit.sha256, sha512, commit.size, commit.kind, clock_.wall()};
    TRY(index_->commit_blob(blob, commit.source, commit.part_name));
    reached("blob-recorded");
    if (present != nullptr) {
        TRY(base::remove_file(paths_.part(commit.part_name)));
    }
    forget(reservation);
    record_blob(blob, commit.source);
    return BlobPin(*this, commit.sha256);
}

base::Result<BlobPin> Inventory::pin(const base::Digest& digest) {
    base::Lock lock(mutex_);
    Entry* entry = entry_of(digest);
    if (entry == nullptr) {
        return no_such_blob(digest);
    }
    ++entry->pins;
    return BlobPin(*this, entry->blob.digest);
}

void Inventory::unpin(const base::Digest& digest) {
    base::Lock lock(mutex_);
    if (Entry* entry = entry_of(digest)) {
        --entry->pins;
    }
    changed();
}

std::optional<KnownSource> Inventory::known_source(const std::string& key) {
    base::Lock lock(mutex_);
    const auto found = sources_.find(key);
    if (found == sources_.end()) {
        return std::nullopt;
    }
    Entry& entry = blobs_.at(found->second.blob);
    ++entry.pins;
    return KnownSource{found->second, BlobPin(*this, entry.blob.digest)};
}

base::Result<Blob> Inventory::find(const base::Digest& digest) const {
    base::Lock lock(mutex_);
    const Entry* entry = entry_of(digest);
    if (entry == nullptr) {
        return no_such_blob(digest);
    }
    Blob blob = entry->blob;
    for (const auto& [key, source] : sources_) {
        if (source.blob == blob.digest.hex()) {
            blob.urls.push_back(source.display);
        }
    }
    return blob;
}

base::Result<Blob> Inventory::grant(const base::Digest& digest, const Lease& lease) {
    {
        base::Lock lock(mutex_);
        Entry* entry = entry_of(digest);
        if (entry == nullptr) {
            return no_such_blob(digest);
        }
        const base::WallTime now = clock_.wall();
        TRY(index_->put_lease(entry->blob.digest.hex(), lease, now));
        reached("lease-granted");
        entry->blob.last_used = now;
        auto& leases = entry->blob.leases;
        if (std::none_of(leases.begin(), leases.end(), [&](const Lease& held) { return same_lease(held, lease); })) {
            leases.push_back(lease);
        }
    }
    return find(digest);
}

base::Result<void> Inventory::release(const std::vector<Lease>& leases) {
    base::Lock lock(mutex_);
    if (leases.empty()) {
        return {};
    }
    TRY(index_->drop_leases(leases));
    for (auto& [hex, entry] : blobs_) {
        std::erase_if(entry.blob.leases, [&](const Lease& held) {
            return std::any_of(leases.begin(), leases.end(), [&](const Lease& gone) { return same_lease(held, gone); });
        });
    }
    changed();
    return {};
}

base::Result<void> Inventory::keep_only(LeaseKind kind, const std::vector<std::string>& holders) {
    const std::set<std::string> kept(holders.begin(), holders.end());
    std::vector<Lease> gone;
    for (const Blob& blob : list()) {
        std::copy_if(blob.leases.begin(), blob.leases.end(), std::back_inserter(gone),
                     [&](const Lease& lease) { return lease.kind == kind && !kept.contains(lease.holder); });
    }
    return release(gone);
}

std::vector<Blob> Inventory::list() const {
    base::Lock lock(mutex_);
    return all();
}

Usage Inventory::usage() const {
    base::Lock lock(mutex_);
    const SpaceSnapshot space = snapshot().value_or(SpaceSnapshot{.used = used_, .reserved = reserved_});
    return Usage{.budget = limits_.budget,
                 .used = space.used,
                 .reserved = space.reserved,
                 .evictable = space.evictable,
                 .filesystem_free = space.filesystem_free,
                 .blobs = blobs_.size()};
}

/// The file first: on a full disk its space is what the index needs to note the removal.
base::Result<void> Inventory::erase_blob(const base::Digest& digest) {
    const std::string hex = digest.hex();
    TRY(base::remove_file(paths_.blob(hex)));
    reached("blob-file-removed");
    if (auto dropped = index_->drop_blob(hex); !dropped.ok()) {
        log_.warning("cache.repair", {{"digest", hex}, {"error", dropped.error()}});  // the next start drops the row
    }
    used_ -= blobs_.at(hex).blob.size;
    blobs_.erase(hex);
    std::erase_if(sources_, [&](const auto& row) { return row.second.blob == hex; });
    changed();
    return {};
}

base::Result<std::vector<Blob>> Inventory::evict(base::ByteCount wanted, bool dry_run) {
    base::Lock lock(mutex_);
    const std::vector<Blob> victims = choose_victims(unleased(), wanted);
    for (const Blob& victim : victims) {
        if (!dry_run) {
            TRY(erase_blob(victim.digest));
        }
    }
    return victims;
}

base::Result<void> Inventory::remove(const base::Digest& digest) {
    base::Lock lock(mutex_);
    const Entry* entry = entry_of(digest);
    if (entry == nullptr) {
        return no_such_blob(digest);
    }
    if (!entry->blob.leases.empty()) {
        return base::conflict("image " + digest.str() + " is in use by " + holders_text(entry->blob.leases));
    }
    if (entry->pins != 0) {
        return base::conflict("image " + digest.str() + " is being acquired");
    }
    return erase_blob(entry->blob.digest);
}

}  // namespace isolde::cache
