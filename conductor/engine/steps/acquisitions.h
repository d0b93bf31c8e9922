// SPDX-License-Identifier: GPL-3.0-or-later
//
// Downloads under way for deployments. The cache's acquire() blocks for minutes, so each runs on a thread of its own
// here, and a step only looks how far it is.
#pragma once

#include "base/ids.h"
#include "base/mutex.h"
#include "cache/image_store.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>

namespace isolde::conductor {

/// Thread-safe. The destructor cancels and joins what still runs.
class Acquisitions {
  public:
    /// `finished` is called from the download's thread with the deployment whose acquisition ended or advanced.
    Acquisitions(cache::ImageStore& images, std::function<void(const base::DeploymentId&)> changed);
    ~Acquisitions();

    struct Look {
        std::optional<base::Result<cache::Blob>> result;  ///< set once, when it ended; the acquisition is forgotten then
        cache::FetchProgress progress;
    };
    /// Starts the acquisition unless it runs, and says how far it is. The lease is (Deployment, deployment id).
    Look look(const base::DeploymentId& deployment, const cache::ImageSource& source);

    /// Stops a running acquisition and waits for its end.
    void cancel(const base::DeploymentId& deployment);

  private:
    struct Run {
        base::Mutex mutex;
        cache::FetchProgress progress ISOLDE_GUARDED_BY(mutex);
        std::optional<base::Result<cache::Blob>> result ISOLDE_GUARDED_BY(mutex);
        std::jthread thread;
    };

    std::shared_ptr<Run> begin(const base::DeploymentId& deployment, const cache::ImageSource& source);

    cache::ImageStore& images_;
    std::function<void(const base::DeploymentId&)> changed_;
    base::Mutex mutex_;
    std::map<base::DeploymentId, std::shared_ptr<Run>> runs_ ISOLDE_GUARDED_BY(mutex_);
};

}  // namespace isolde::conductor
