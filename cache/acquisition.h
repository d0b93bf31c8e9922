// SPDX-License-Identifier: GPL-3.0-or-later
//
// One download from beginning to end: fetch or revalidate, check, classify, commit. Runs on a thread of its own.
#pragma once

#include "base/mutex.h"
#include "cache/admission.h"
#include "cache/fetcher.h"

namespace isolde::cache {

/// What others see of a running download. Thread-safe.
class ProgressBoard {
  public:
    explicit ProgressBoard(std::string url) : progress_{.url = std::move(url), .phase = "connecting"} {}
    void phase(std::string phase);
    void count(base::ByteCount received, std::optional<base::ByteCount> total);
    FetchProgress read() const;

  private:
    mutable base::Mutex mutex_;
    FetchProgress progress_ ISOLDE_GUARDED_BY(mutex_);
};

struct AcquisitionTools {
    Inventory& inventory;
    const ImageStoreOptions& options;
    FetchTools fetch;
    const Classifier& classify;
    base::Log& log;
};

/// The source's blob, pinned. Errors as ImageStore::acquire.
base::Result<BlobPin> run_acquisition(const AcquisitionTools& tools, const ImageSource& source, ProgressBoard& board,
                                      const std::stop_token& stop);

/// Names a recipe in the index, as the SHA-256 of its URL names a source.
std::string recipe_key(const Recipe& recipe);

/// The blob of what was made by `recipe`, pinned. Errors as ImageStore::make.
base::Result<BlobPin> keep_made(const AcquisitionTools& tools, base::ByteView content, const Recipe& recipe);

}  // namespace isolde::cache
