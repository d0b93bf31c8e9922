// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/engine/steps/acquisitions.h"

#include <utility>

namespace isolde::conductor {

Acquisitions::Acquisitions(cache::ImageStore& images, std::function<void(const base::DeploymentId&)> changed)
    : images_(images), changed_(std::move(changed)) {}

Acquisitions::~Acquisitions() {
    std::map<Key, std::shared_ptr<Run>> runs;
    {
        base::Lock lock(mutex_);
        runs.swap(runs_);
    }
    for (auto& [key, run] : runs) {
        run->thread.request_stop();
    }
    for (auto& [key, run] : runs) {
        run->thread.join();
    }
}

std::string Acquisitions::holder(const base::DeploymentId& deployment, const std::string& part) {
    return part.empty() ? deployment.str() : deployment.str() + "/" + part;
}

std::shared_ptr<Acquisitions::Run> Acquisitions::begin(const Key& key, const cache::ImageSource& source) {
    auto run = std::make_shared<Run>();
    run->thread = std::jthread([this, key, source, state = run.get()](std::stop_token stop) {
        const base::DeploymentId& deployment = key.first;
        const auto report = [&](const cache::FetchProgress& progress) {
            {
                base::Lock lock(state->mutex);
                state->progress = progress;
            }
            changed_(deployment);
        };
        const cache::Lease lease{cache::LeaseKind::Deployment, holder(deployment, key.second)};
        auto result = images_.acquire(source, lease, report, stop);
        {
            base::Lock lock(state->mutex);
            state->result = std::move(result);
        }
        if (!stop.stop_requested()) {
            changed_(deployment);
        }
    });
    return run;
}

Acquisitions::Look Acquisitions::look(const base::DeploymentId& deployment, const std::string& part,
                                      const cache::ImageSource& source) {
    const Key key(deployment, part);
    std::shared_ptr<Run> run;
    {
        base::Lock lock(mutex_);
        auto& slot = runs_[key];
        if (!slot) {
            slot = begin(key, source);
        }
        run = slot;
    }
    Look look;
    {
        base::Lock lock(run->mutex);
        look.progress = run->progress;
        look.result = run->result;
    }
    if (look.result) {
        base::Lock lock(mutex_);
        runs_.erase(key);
    }
    return look;
}

std::vector<std::shared_ptr<Acquisitions::Run>> Acquisitions::take_runs_of(const base::DeploymentId& deployment) {
    std::vector<std::shared_ptr<Run>> taken;
    base::Lock lock(mutex_);
    for (auto run = runs_.lower_bound({deployment, ""}); run != runs_.end() && run->first.first == deployment;) {
        taken.push_back(std::move(run->second));
        run = runs_.erase(run);
    }
    return taken;
}

void Acquisitions::cancel(const base::DeploymentId& deployment) {
    const auto runs = take_runs_of(deployment);
    for (const auto& run : runs) {
        run->thread.request_stop();
    }
    for (const auto& run : runs) {
        run->thread.join();
    }
}

}  // namespace isolde::conductor
