// SPDX-License-Identifier: GPL-3.0-or-later
#include "cache/testing/fake_image_store.h"

#include "cache/admission.h"
#include "cache/budget.h"
#include "http/client/url.h"

#include <algorithm>

namespace isolde::cache::testing {
namespace {

base::Digest digest_of(base::DigestAlgorithm algorithm, const std::string& content) {
    base::Hasher hasher(algorithm);
    hasher.update(content);
    return hasher.finish();
}

bool same(const Lease& a, const Lease& b) {
    return a.kind == b.kind && a.holder == b.holder;
}

base::Error no_such_blob(const base::Digest& digest) {
    return base::not_found("no image with digest " + digest.str() + " is in the cache");
}

base::Result<void> check_scheme(const http::Url& url) {
    const bool known = url.scheme == "http" || url.scheme == "https" || url.scheme == "file";
    return known ? base::Result<void>() : base::invalid_argument("images cannot be fetched by \"" + url.scheme + "\"");
}

}  // namespace

FakeImageStore::FakeImageStore(const base::Clock& clock)
    : clock_(clock), directory_(base::TemporaryDirectory::create("isolde-fake-store").value()) {}

void FakeImageStore::provide(const std::string& url, std::string content, std::string kind) {
    base::Lock lock(mutex_);
    Script& script = scripts_[url];
    script.content = std::move(content);
    script.kind = std::move(kind);
    script.error.reset();
}

void FakeImageStore::fail(const std::string& url, base::Error error) {
    base::Lock lock(mutex_);
    scripts_[url].error = std::move(error);
}

void FakeImageStore::report(const std::string& url, std::vector<FetchProgress> progress) {
    base::Lock lock(mutex_);
    scripts_[url].progress = std::move(progress);
}

void FakeImageStore::hold(const std::string& url) {
    base::Lock lock(mutex_);
    scripts_[url].held = true;
}

void FakeImageStore::let_go(const std::string& url) {
    base::Lock lock(mutex_);
    scripts_[url].held = false;
    changed_.notify_all();
}

void FakeImageStore::wait_for_acquires(const std::string& url, std::size_t count) {
    base::Lock lock(mutex_);
    while (scripts_[url].acquires < count) {
        changed_.wait(mutex_);
    }
}

base::Result<Blob> FakeImageStore::acquire(const ImageSource& source, const Lease& lease,
                                           const std::function<void(const FetchProgress&)>& progress,
                                           std::stop_token stop) {
    const http::Url url = TRY(http::parse_url(source.url));
    if (source.expected && find(*source.expected).ok()) {
        return granted(*source.expected, lease);
    }
    TRY(check_scheme(url));
    std::vector<FetchProgress> reports;
    {
        base::Lock lock(mutex_);
        reports = scripts_[source.url].progress;
        downloads_[source.url] =
            reports.empty() ? FetchProgress{.url = http::without_secrets(url), .phase = "downloading"} : reports.back();
    }
    for (const FetchProgress& report : reports) {
        progress ? progress(report) : void();
    }
    const auto script = begun(source.url, stop);
    const auto digest = script ? stored(http::without_secrets(url), source.expected, *script)
                               : base::Result<base::Digest>(script.error());
    {
        base::Lock lock(mutex_);
        downloads_.erase(source.url);
    }
    return granted(TRY(digest), lease);
}

/// Waits while the URL is held.
base::Result<FakeImageStore::Script> FakeImageStore::begun(const std::string& url, const std::stop_token& stop) {
    base::Lock lock(mutex_);
    Script& script = scripts_[url];
    ++script.acquires;
    changed_.notify_all();
    changed_.wait(mutex_, stop, [&]() ISOLDE_REQUIRES(mutex_) { return !script.held; });
    if (stop.stop_requested()) {
        return base::cancelled("acquiring " + http::without_secrets(url) + " was cancelled");
    }
    if (script.error) {
        return *script.error;
    }
    return script.content.empty()
               ? base::Result<Script>(base::not_found(http::without_secrets(url) + " answers 404 Not Found"))
               : script;
}

base::Result<base::Digest> FakeImageStore::stored(const std::string& place, const std::optional<base::Digest>& expected,
                                                  const Script& script) {
    const base::Digest digest = base::sha256(script.content);
    const base::Digest sha512 = digest_of(base::DigestAlgorithm::Sha512, script.content);
    TRY(check_digest(expected, {.sha256 = digest, .sha512 = sha512}, place));
    const std::string path = base::join_path(directory_.path(), digest.hex());
    TRY(base::write_durably(path, script.content, 0444));
    base::Lock lock(mutex_);
    Entry& entry = blobs_[digest.hex()];
    entry.sha512 = sha512;
    entry.blob.digest = digest;
    entry.blob.size = base::ByteCount(script.content.size());
    entry.blob.path = path;
    entry.blob.kind = script.kind;
    auto& urls = entry.blob.urls;
    if (std::find(urls.begin(), urls.end(), place) == urls.end()) {
        urls.push_back(place);
    }
    return digest;
}

base::Result<Blob> FakeImageStore::make(const Recipe& recipe, const Lease& lease,
                                        const std::function<base::Result<base::Bytes>()>& make) {
    const std::string key = recipe.origin + "\n" + recipe.ingredients;
    const Turnstile::Pass pass(making_, key);
    if (const auto made = made_by(key)) {
        return granted(*made, lease);
    }
    Script script;
    script.content = base::as_text(TRY(make()));
    script.kind = "data";
    const base::Digest digest = TRY(stored(recipe.origin, {}, script));
    {
        base::Lock lock(mutex_);
        made_[key] = digest;
        ++makes_;
    }
    return granted(digest, lease);
}

std::size_t FakeImageStore::makes() const {
    base::Lock lock(mutex_);
    return makes_;
}

std::optional<base::Digest> FakeImageStore::made_by(const std::string& recipe) const {
    base::Lock lock(mutex_);
    const auto made = made_.find(recipe);
    const bool here = made != made_.end() && blobs_.contains(made->second.hex());
    return here ? std::optional(made->second) : std::nullopt;
}

base::Result<base::Bytes> FakeImageStore::read(const ImageSource& source, base::ByteCount limit, std::stop_token stop) {
    const http::Url url = TRY(http::parse_url(source.url));
    TRY(check_scheme(url));
    const Script script = TRY(begun(source.url, stop));
    if (script.content.size() > limit.bytes()) {
        return base::exhausted(http::without_secrets(url) + " has more than " + base::to_string(limit));
    }
    TRY(check_content(source.expected, base::as_bytes(script.content), http::without_secrets(url)));
    return base::to_bytes(script.content);
}

base::Result<void> FakeImageStore::preflight(const ImageSource& source, base::Deadline) {
    const http::Url url = TRY(http::parse_url(source.url));
    if (source.expected && find(*source.expected).ok()) {
        return {};
    }
    TRY(check_scheme(url));
    base::Lock lock(mutex_);
    const auto found = scripts_.find(source.url);
    if (found != scripts_.end() && found->second.error) {
        return *found->second.error;
    }
    const bool there = found != scripts_.end() && !found->second.content.empty();
    return there ? base::Result<void>() : base::not_found(http::without_secrets(url) + " answers 404 Not Found");
}

FakeImageStore::Entry* FakeImageStore::entry_of(const base::Digest& digest) {
    const auto found = std::find_if(blobs_.begin(), blobs_.end(), [&](const auto& row) {
        return row.second.blob.digest == digest || row.second.sha512 == digest;
    });
    return found == blobs_.end() ? nullptr : &found->second;
}

base::Result<Blob> FakeImageStore::find(const base::Digest& digest) const {
    base::Lock lock(mutex_);
    const Entry* entry = const_cast<FakeImageStore*>(this)->entry_of(digest);
    return entry != nullptr ? base::Result<Blob>(entry->blob) : no_such_blob(digest);
}

base::Result<std::shared_ptr<const image::FileSource>> FakeImageStore::open_blob(const base::Digest& digest) const {
    return image::FileSource::open(TRY(find(digest)).path);
}

base::Result<Blob> FakeImageStore::granted(const base::Digest& digest, const Lease& lease) {
    base::Lock lock(mutex_);
    Entry* entry = entry_of(digest);
    if (entry == nullptr) {
        return no_such_blob(digest);
    }
    entry->blob.last_used = clock_.wall();
    auto& leases = entry->blob.leases;
    if (std::none_of(leases.begin(), leases.end(), [&](const Lease& held) { return same(held, lease); })) {
        leases.push_back(lease);
    }
    return entry->blob;
}

base::Result<void> FakeImageStore::grant(const base::Digest& digest, const Lease& lease) {
    (void)TRY(granted(digest, lease));
    return {};
}

base::Result<void> FakeImageStore::release(const Lease& lease) {
    base::Lock lock(mutex_);
    for (auto& [hex, entry] : blobs_) {
        std::erase_if(entry.blob.leases, [&](const Lease& held) { return same(held, lease); });
    }
    return {};
}

base::Result<void> FakeImageStore::keep_only(LeaseKind kind, const std::vector<std::string>& holders) {
    base::Lock lock(mutex_);
    for (auto& [hex, entry] : blobs_) {
        std::erase_if(entry.blob.leases, [&](const Lease& held) {
            return held.kind == kind && std::find(holders.begin(), holders.end(), held.holder) == holders.end();
        });
    }
    return {};
}

std::vector<Blob> FakeImageStore::list() const {
    base::Lock lock(mutex_);
    std::vector<Blob> blobs;
    for (const auto& [hex, entry] : blobs_) {
        blobs.push_back(entry.blob);
    }
    return blobs;
}

Usage FakeImageStore::usage() const {
    Usage usage{.budget = base::gibibytes(20), .filesystem_free = base::gibibytes(20)};
    for (const Blob& blob : list()) {
        usage.used += blob.size;
        usage.evictable += blob.leases.empty() ? blob.size : base::ByteCount(0);
        ++usage.blobs;
    }
    return usage;
}

std::vector<FetchProgress> FakeImageStore::downloads() const {
    base::Lock lock(mutex_);
    std::vector<FetchProgress> all;
    for (const auto& [url, progress] : downloads_) {
        all.push_back(progress);
    }
    return all;
}

base::Result<std::vector<Blob>> FakeImageStore::evict(base::ByteCount wanted, bool dry_run) {
    std::vector<Blob> unleased = list();
    std::erase_if(unleased, [](const Blob& blob) { return !blob.leases.empty(); });
    std::vector<Blob> victims = choose_victims(std::move(unleased), wanted);
    for (const Blob& victim : victims) {
        if (!dry_run) {
            TRY(remove(victim.digest));
        }
    }
    return victims;
}

base::Result<void> FakeImageStore::remove(const base::Digest& digest) {
    base::Lock lock(mutex_);
    const Entry* entry = entry_of(digest);
    if (entry == nullptr) {
        return no_such_blob(digest);
    }
    if (!entry->blob.leases.empty()) {
        const Lease& lease = entry->blob.leases.front();
        return base::conflict("image " + digest.str() + " is in use by " + std::string(to_string(lease.kind)) + " " +
                              lease.holder);
    }
    TRY(base::remove_file(entry->blob.path));
    blobs_.erase(entry->blob.digest.hex());
    return {};
}

}  // namespace isolde::cache::testing
