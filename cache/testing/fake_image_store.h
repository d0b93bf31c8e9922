// SPDX-License-Identifier: GPL-3.0-or-later
//
// An image store without network and index: the test says what each URL holds, or how it fails. Obeys the interface
// (tests/contract/cache runs for both); blobs are files in a directory of its own, so that open_blob works.
#pragma once

#include "base/mutex.h"
#include "cache/image_store.h"
#include "cache/turnstile.h"

#include <map>
#include <string>
#include <vector>

namespace isolde::cache::testing {

/// Thread-safe.
class FakeImageStore final : public ImageStore {
  public:
    explicit FakeImageStore(const base::Clock& clock);

    /// `url` holds `content` from now on.
    void provide(const std::string& url, std::string content, std::string kind = "iso9660");
    /// Acquiring and checking `url` fails so, until it is provided again.
    void fail(const std::string& url, base::Error error);
    /// Told to every acquire of `url` before it goes on.
    void report(const std::string& url, std::vector<FetchProgress> progress);
    /// Acquire of `url` blocks until `let_go`, or its stop.
    void hold(const std::string& url);
    void let_go(const std::string& url);
    /// Blocks until so many acquires of `url` have begun.
    void wait_for_acquires(const std::string& url, std::size_t count);

    /// How often something was made for a recipe.
    std::size_t makes() const;

    base::Result<Blob> acquire(const ImageSource& source, const Lease& lease,
                               const std::function<void(const FetchProgress&)>& progress,
                               std::stop_token stop) override;
    base::Result<Blob> make(const Recipe& recipe, const Lease& lease,
                            const std::function<base::Result<base::Bytes>()>& make) override;
    base::Result<base::Bytes> read(const ImageSource& source, base::ByteCount limit, std::stop_token stop) override;
    base::Result<void> preflight(const ImageSource& source, base::Deadline deadline) override;
    base::Result<Blob> find(const base::Digest& digest) const override;
    base::Result<std::shared_ptr<const image::FileSource>> open_blob(const base::Digest& digest) const override;
    base::Result<void> grant(const base::Digest& digest, const Lease& lease) override;
    base::Result<void> release(const Lease& lease) override;
    base::Result<void> keep_only(LeaseKind kind, const std::vector<std::string>& holders) override;
    std::vector<Blob> list() const override;
    Usage usage() const override;
    std::vector<FetchProgress> downloads() const override;
    base::Result<std::vector<Blob>> evict(base::ByteCount wanted, bool dry_run) override;
    base::Result<void> remove(const base::Digest& digest) override;

  private:
    struct Script {
        std::string content;
        std::string kind;
        std::optional<base::Error> error;
        std::vector<FetchProgress> progress;
        bool held = false;
        std::size_t acquires = 0;
    };
    struct Entry {
        Blob blob;
        base::Digest sha512;
    };

    base::Result<Script> begun(const std::string& url, const std::stop_token& stop);
    base::Result<base::Digest> stored(const std::string& place, const std::optional<base::Digest>& expected,
                                      const Script& script);
    std::optional<base::Digest> made_by(const std::string& recipe) const;
    Entry* entry_of(const base::Digest& digest) ISOLDE_REQUIRES(mutex_);
    base::Result<Blob> granted(const base::Digest& digest, const Lease& lease);

    const base::Clock& clock_;
    const base::TemporaryDirectory directory_;
    mutable base::Mutex mutex_;
    base::ConditionVariable changed_;
    std::map<std::string, Script> scripts_ ISOLDE_GUARDED_BY(mutex_);
    std::map<std::string, Entry> blobs_ ISOLDE_GUARDED_BY(mutex_);
    std::map<std::string, base::Digest> made_ ISOLDE_GUARDED_BY(mutex_);  ///< by recipe
    std::size_t makes_ ISOLDE_GUARDED_BY(mutex_) = 0;
    Turnstile making_;
    std::map<std::string, FetchProgress> downloads_ ISOLDE_GUARDED_BY(mutex_);
};

}  // namespace isolde::cache::testing
