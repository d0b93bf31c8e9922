// SPDX-License-Identifier: GPL-3.0-or-later
#include "cache/store.h"

#include "cache/flight.h"
#include "cache/turnstile.h"

namespace isolde::cache {
namespace {

class DirectoryStore final : public ImageStore {
  public:
    DirectoryStore(ImageStoreOptions options, const StoreTools& tools, std::unique_ptr<Inventory> inventory)
        : options_(std::move(options)), tools_(tools), inventory_(std::move(inventory)), hangar_(runner()) {}

    base::Result<Blob> acquire(const ImageSource& source, const Lease& lease,
                               const std::function<void(const FetchProgress&)>& progress,
                               std::stop_token stop) override {
        const http::Url url = TRY(http::parse_url(source.url));
        if (const auto present = expected_blob(source)) {
            return inventory_->grant(present->digest(), lease);
        }
        const auto flight = hangar_.board(source, http::without_secrets(url));
        auto blob = landed(*flight, lease, progress, stop);
        hangar_.leave(flight);
        return blob;
    }

    base::Result<Blob> make(const Recipe& recipe, const Lease& lease,
                            const std::function<base::Result<base::Bytes>()>& make) override {
        const std::string key = recipe_key(recipe);
        if (const auto known = inventory_->known_source(key)) {
            return inventory_->grant(known->pin.digest(), lease);
        }
        const Turnstile::Pass pass(making_, key);
        if (const auto known = inventory_->known_source(key)) {
            return inventory_->grant(known->pin.digest(), lease);
        }
        const base::Bytes content = TRY(make());
        const BlobPin made =
            TRY(keep_made({*inventory_, options_, fetch_tools(), tools_.classify, tools_.log}, content, recipe));
        return inventory_->grant(made.digest(), lease);
    }

    base::Result<base::Bytes> read(const ImageSource& source, base::ByteCount limit, std::stop_token stop) override {
        const http::Url url = TRY(http::parse_url(source.url));
        const std::string step = "fetching " + http::without_secrets(url);
        const auto fetcher = TRY(make_fetcher(url, options_, fetch_tools()).with_context(step));
        base::Bytes content = TRY(fetcher->read(url, limit, stop).with_context(step));
        TRY(check_content(source.expected, content, http::without_secrets(url)));
        return content;
    }

    base::Result<void> preflight(const ImageSource& source, base::Deadline deadline) override {
        const http::Url url = TRY(http::parse_url(source.url));
        if (expected_blob(source)) {
            return {};
        }
        const std::string step = "checking " + http::without_secrets(url);
        const auto fetcher = TRY(make_fetcher(url, options_, fetch_tools()).with_context(step));
        const auto size = TRY(fetcher->announced_size(url, deadline).with_context(step));
        return size ? inventory_->may_ever_hold(*size).with_context(step) : base::Result<void>();
    }

    base::Result<Blob> find(const base::Digest& digest) const override { return inventory_->find(digest); }

    base::Result<std::shared_ptr<const image::FileSource>> open_blob(const base::Digest& digest) const override {
        return image::FileSource::open(TRY(inventory_->find(digest)).path);
    }

    base::Result<void> grant(const base::Digest& digest, const Lease& lease) override {
        (void)TRY(inventory_->grant(digest, lease));
        return {};
    }
    base::Result<void> release(const Lease& lease) override { return inventory_->release({lease}); }
    base::Result<void> keep_only(LeaseKind kind, const std::vector<std::string>& holders) override {
        return inventory_->keep_only(kind, holders);
    }
    std::vector<Blob> list() const override { return inventory_->list(); }
    Usage usage() const override { return inventory_->usage(); }
    std::vector<FetchProgress> downloads() const override { return hangar_.progress(); }
    base::Result<std::vector<Blob>> evict(base::ByteCount wanted, bool dry_run) override {
        return inventory_->evict(wanted, dry_run);
    }
    base::Result<void> remove(const base::Digest& digest) override { return inventory_->remove(digest); }

  private:
    FetchTools fetch_tools() const { return {tools_.client, tools_.random, *tools_.waiter}; }

    Hangar::Runner runner() {
        return [this](const ImageSource& source, ProgressBoard& board, const std::stop_token& stop) {
            return run_acquisition({*inventory_, options_, fetch_tools(), tools_.classify, tools_.log}, source, board,
                                   stop);
        };
    }

    std::optional<BlobPin> expected_blob(const ImageSource& source) const {
        auto pin = source.expected ? inventory_->pin(*source.expected) : base::Result<BlobPin>(base::not_found(""));
        return pin ? std::optional(std::move(pin).value()) : std::nullopt;
    }

    base::Result<Blob> landed(Flight& flight, const Lease& lease,
                              const std::function<void(const FetchProgress&)>& progress, const std::stop_token& stop) {
        const base::Digest digest = TRY(flight.wait(progress, stop));
        return inventory_->grant(digest, lease);
    }

    const ImageStoreOptions options_;
    const StoreTools tools_;
    const std::unique_ptr<Inventory> inventory_;
    Turnstile making_;
    Hangar hangar_;
};

}  // namespace

std::string_view to_string(LeaseKind kind) {
    switch (kind) {
        case LeaseKind::Download: return "download";
        case LeaseKind::Deployment: return "deployment";
        case LeaseKind::Published: return "published";
        case LeaseKind::Volume: return "volume";
        case LeaseKind::Pin: return "pin";
    }
    return "unknown";
}

base::Result<std::unique_ptr<ImageStore>> open_store(ImageStoreOptions options, const StoreTools& tools) {
    auto inventory = TRY(Inventory::open(options, tools.clock, tools.log, tools.observer));
    return std::unique_ptr<ImageStore>(
        std::make_unique<DirectoryStore>(std::move(options), tools, std::move(inventory)));
}

base::Result<std::unique_ptr<ImageStore>> ImageStore::open(ImageStoreOptions options, http::Client& client,
                                                           const base::Clock& clock, base::Random& random,
                                                           base::Log& log) {
    return open_store(std::move(options),
                      {client, clock, random, log, std::make_shared<base::SystemWaiter>(), image_classifier(), {}});
}

}  // namespace isolde::cache
