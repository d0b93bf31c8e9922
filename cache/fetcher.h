// SPDX-License-Identifier: GPL-3.0-or-later
//
// Brings the bytes of a source into an Intake, by URL scheme: http and https with resume and revalidation, file by a
// gate that only opens regular files beneath allowed roots.
#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "base/waiter.h"
#include "cache/intake.h"
#include "http/client/client.h"
#include "http/client/url.h"

#include <optional>

namespace isolde::cache {

/// What a fetch came to.
struct Fetched {
    bool unchanged = false;  ///< the known version is still the current one; nothing was received
    Validators validators;
};

struct FetchRequest {
    http::Url url;
    std::optional<Validators> known;  ///< of the version that the store has
    /// The content is checked by a digest: parts may be joined without the server's word that they belong together.
    bool digest_expected = false;
};

/// Belongs to one download.
class Fetcher {
  public:
    virtual ~Fetcher() = default;
    /// Errors as ImageStore::acquire.
    virtual base::Result<Fetched> fetch(const FetchRequest& request, Intake& intake) = 0;
    /// True when bytes of that version would be gone on with, should they be kept.
    virtual bool can_resume(const FetchRequest& request, const Validators& version) const = 0;
    /// The whole content, of at most `limit` bytes, into memory, in one attempt. Errors as ImageStore::read.
    virtual base::Result<base::Bytes> read(const http::Url& url, base::ByteCount limit,
                                           const std::stop_token& stop) = 0;
    /// The size that the source announces, without fetching; nothing when it announces none. Errors as acquire.
    virtual base::Result<std::optional<base::ByteCount>> announced_size(const http::Url& url,
                                                                        base::Deadline deadline) = 0;
};

struct FetchTools {
    http::Client& client;
    base::Random& random;
    base::Waiter& waiter;
};

/// Errors: InvalidArgument (a scheme that no fetcher knows).
base::Result<std::unique_ptr<Fetcher>> make_fetcher(const http::Url& url, const ImageStoreOptions& options,
                                                    const FetchTools& tools);

/// `options` must outlive them.
std::unique_ptr<Fetcher> make_http_fetcher(const ImageStoreOptions& options, const FetchTools& tools);
std::unique_ptr<Fetcher> make_file_fetcher(const ImageStoreOptions& options);

}  // namespace isolde::cache
