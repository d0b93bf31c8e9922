// SPDX-License-Identifier: GPL-3.0-or-later
//
// Downloads under way for deployments, into the cache or into memory. They block for minutes, so each runs on a thread
// of its own here, and a step only looks how far it is.
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
#include <utility>
#include <vector>

namespace isolde::conductor {

/// Thread-safe. The destructor cancels and joins what still runs.
class Acquisitions {
  public:
    /// `finished` is called from the download's thread with the deployment whose acquisition ended or advanced.
    Acquisitions(cache::ImageStore& images, std::function<void(const base::DeploymentId&)> changed);
    ~Acquisitions();

    struct Look {
        std::optional<base::Result<cache::Blob>>
            result;  ///< set once, when it ended; the acquisition is forgotten then
        cache::FetchProgress progress;
    };
    /// Starts the acquisition unless it runs, and says how far it is. `part`: "" for the boot image, else a medium's
    /// role. The lease is (Deployment, holder(deployment, part)).
    Look look(const base::DeploymentId& deployment, const std::string& part, const cache::ImageSource& source);

    /// A small file that is not kept in the cache.
    struct File {
        std::string name;  ///< in errors: "the config drive"
        cache::ImageSource source;
        base::ByteCount limit;
    };
    struct LookAtFiles {
        std::optional<base::Result<std::vector<base::Bytes>>> contents;  ///< as Look::result
    };
    /// The same for small files, all of them or none.
    LookAtFiles look_at_files(const base::DeploymentId& deployment, const std::vector<File>& files);

    /// "<deployment>", "<deployment>/drivers".
    static std::string holder(const base::DeploymentId& deployment, const std::string& part);

    /// Stops the deployment's running acquisitions and waits for their end.
    void cancel(const base::DeploymentId& deployment);

  private:
    /// One of the two.
    struct Acquired {
        cache::Blob blob;
        std::vector<base::Bytes> contents;
    };
    struct Run {
        base::Mutex mutex;
        cache::FetchProgress progress ISOLDE_GUARDED_BY(mutex);
        std::optional<base::Result<Acquired>> result ISOLDE_GUARDED_BY(mutex);
        std::jthread thread;
    };
    struct State {
        cache::FetchProgress progress;
        std::optional<base::Result<Acquired>> result;
    };
    using Report = std::function<void(const cache::FetchProgress&)>;
    using Job = std::function<base::Result<Acquired>(const Report&, const std::stop_token&)>;

    using Key = std::pair<base::DeploymentId, std::string>;

    std::shared_ptr<Run> begin(const Key& key, Job job);
    State look_at(const Key& key, Job job);
    std::vector<std::shared_ptr<Run>> take_runs_of(const base::DeploymentId& deployment);

    cache::ImageStore& images_;
    std::function<void(const base::DeploymentId&)> changed_;
    base::Mutex mutex_;
    std::map<Key, std::shared_ptr<Run>> runs_ ISOLDE_GUARDED_BY(mutex_);
};

}  // namespace isolde::conductor
