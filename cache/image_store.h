// SPDX-License-Identifier: GPL-3.0-or-later
//
// The image store: one immutable blob per content digest, fetched once, kept while leased, evicted least recently used
// within a budget that is never exceeded. Belongs to one machine; survives kills at any instant.
#pragma once

#include "base/byte_count.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/random.h"
#include "base/result.h"
#include "http/client/client.h"
#include "image/byte_source.h"

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace isolde::cache {

struct ImageSource {
    std::string url;                       ///< http(s)://; file:// beneath an allowed root
    std::optional<base::Digest> expected;  ///< SHA-256 or SHA-512 of the content
    bool any_content = false;              ///< not only images: a file to inject. Its kind is then "data"
};

/// A file that is made here, of other files.
struct Recipe {
    std::string origin;       ///< stands for its URL where people see it: "isolde:boot-base"
    std::string ingredients;  ///< all that decides its content: equal text means equal content
};

enum class LeaseKind { Download, Deployment, Published, Volume, Pin };
std::string_view to_string(LeaseKind kind);

/// Who keeps a blob: (kind, holder) is one lease per blob; granting it again is harmless.
struct Lease {
    LeaseKind kind = LeaseKind::Deployment;
    std::string holder;  ///< deployment id, publication token, …
};

struct Blob {
    base::Digest digest;  ///< SHA-256
    base::ByteCount size;
    std::string path;  ///< mode 0444
    std::string kind;  ///< the classifier's word: "iso9660", …
    base::WallTime last_used;
    std::vector<Lease> leases;
    std::vector<std::string> urls;  ///< without user-info
};

struct Usage {
    base::ByteCount budget;
    base::ByteCount used;
    base::ByteCount reserved;
    base::ByteCount evictable;
    base::ByteCount filesystem_free;
    std::size_t blobs = 0;
};

struct FetchProgress {
    std::string url;  ///< without user-info and query
    base::ByteCount received;
    std::optional<base::ByteCount> total;
    std::string phase;  ///< "connecting", "waiting for space: 7.9 GiB held by …", "downloading", "verifying"
};

struct ImageStoreOptions {
    std::string directory;
    base::ByteCount budget = base::gibibytes(20);
    base::ByteCount min_free = base::gibibytes(1);
    base::ByteCount max_image = base::gibibytes(16);
    std::vector<std::string> allow_file_roots;
    base::Duration stall_timeout = std::chrono::seconds(30);
    /// Per origin ("https://images.example"): credentials and CA.
    struct Origin {
        std::string origin;
        std::optional<http::BasicCredentials> credentials;
        std::string ca_file;
    };
    std::vector<Origin> origins;
};

/// Thread-safe.
class ImageStore {
  public:
    /// Opens or creates the store and repairs what a kill left: unfinished downloads are kept for resuming or removed,
    /// index and files agree afterwards. Collaborators must outlive it. Errors: Internal, Corrupt.
    static base::Result<std::unique_ptr<ImageStore>> open(ImageStoreOptions options, http::Client& client,
                                                          const base::Clock& clock, base::Random& random,
                                                          base::Log& log);
    virtual ~ImageStore() = default;

    /// The blob of `source`, with `lease` granted on it before it returns. Downloads it unless present (revalidated by
    /// ETag or Last-Modified, unless `expected` is present already). Callers for one source share one download. Blocks;
    /// `progress` is called on the caller's thread about once a second.
    /// Errors name URL and way out: NotFound (404), Unauthorized, Unavailable (refused, died, 5xx), Timeout (stall),
    /// Corrupt (checksum, no image), Exhausted (larger than max_image or budget, or than what could be freed; disk
    /// full), Cancelled, InvalidArgument (scheme, file root), Unsupported.
    virtual base::Result<Blob> acquire(const ImageSource& source, const Lease& lease,
                                       const std::function<void(const FetchProgress&)>& progress,
                                       std::stop_token stop) = 0;

    /// The blob of `recipe`, of the kind "data", with `lease` granted on it before it returns. Unless it is here,
    /// `make` gives the content, on the caller's thread; callers for one recipe make it one at a time, and so once.
    /// Errors: those of `make`; Unavailable (no space now), Exhausted (as acquire), Internal.
    virtual base::Result<Blob> make(const Recipe& recipe, const Lease& lease,
                                    const std::function<base::Result<base::Bytes>()>& make) = 0;

    /// The content of a small file, of any kind, kept in memory alone: for what may be secret. Checked against
    /// `source.expected`. Blocks. Errors: as acquire; Exhausted above `limit`.
    virtual base::Result<base::Bytes> read(const ImageSource& source, base::ByteCount limit, std::stop_token stop) = 0;

    /// Checks without downloading: scheme, policy, HEAD status, announced size against max_image and budget.
    virtual base::Result<void> preflight(const ImageSource& source, base::Deadline deadline) = 0;

    virtual base::Result<Blob> find(const base::Digest& digest) const = 0;
    virtual base::Result<std::shared_ptr<const image::FileSource>> open_blob(const base::Digest& digest) const = 0;

    virtual base::Result<void> grant(const base::Digest& digest, const Lease& lease) = 0;
    /// A lease that is not held is success.
    virtual base::Result<void> release(const Lease& lease) = 0;
    /// Drops every lease of `kind` whose holder is not in `holders`: after a restart, by the owner of the records.
    virtual base::Result<void> keep_only(LeaseKind kind, const std::vector<std::string>& holders) = 0;

    virtual std::vector<Blob> list() const = 0;
    virtual Usage usage() const = 0;
    virtual std::vector<FetchProgress> downloads() const = 0;

    /// Unleased blobs that would be (were, when `dry_run` is false) removed to free `wanted`, least recently used
    /// first.
    virtual base::Result<std::vector<Blob>> evict(base::ByteCount wanted, bool dry_run) = 0;
    /// Errors: Conflict naming the lease holders, NotFound.
    virtual base::Result<void> remove(const base::Digest& digest) = 0;
};

}  // namespace isolde::cache
