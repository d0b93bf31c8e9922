// SPDX-License-Identifier: GPL-3.0-or-later
//
// The image store of one directory, with every collaborator named: what ImageStore::open fills in for production.
#pragma once

#include "base/waiter.h"
#include "cache/acquisition.h"
#include "cache/image_store.h"

namespace isolde::cache {

/// The references must outlive the store.
struct StoreTools {
    http::Client& client;
    const base::Clock& clock;
    base::Random& random;
    base::Log& log;
    std::shared_ptr<base::Waiter> waiter;  ///< between attempts of a download that died
    Classifier classify = image_classifier();
    StepObserver observer;  ///< of durable steps; may be empty
};

base::Result<std::unique_ptr<ImageStore>> open_store(ImageStoreOptions options, const StoreTools& tools);

}  // namespace isolde::cache
