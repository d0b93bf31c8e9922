// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/engine/steps/acquisitions.h"

#include <utility>

namespace isolde::conductor {

Acquisitions::Acquisitions(cache::ImageStore& images, std::function<void(const base::DeploymentId&)> changed)
    : images_(images), changed_(std::move(changed)) {}

Acquisitions::~Acquisitions() {
    std::map<base::DeploymentId, std::shared_ptr<Run>> runs;
    {
        base::Lock lock(mutex_);
        runs.swap(runs_);
    }
    for (auto& [deployment, run] : runs) {
        run->thread.request_stop();
    }
    for (auto& [deployment, run] : runs) {
        run->thread.join();
    }
}

std::shared_ptr<Acquisitions::Run> Acquisitions::begin(const base::DeploymentId& deployment,
                                                       const cache::ImageSource& source) {
    auto run = std::make_shared<Run>();
    run->thread = std::jthread([this, deployment, source, state = run.get()](std::stop_token stop) {
        const auto report = [&](const cache::FetchProgress& progress) {
            {
                base::Lock lock(state->mutex);
                state->progress = progress;
            }
            changed_(deployment);
        };
        const cache::Lease lease{cache::LeaseKind::Deployment, deployment.str()};
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

Acquisitions::Look Acquisitions::look(const base::DeploymentId& deployment, const cache::ImageSource& source) {
    std::shared_ptr<Run> run;
    {
        base::Lock lock(mutex_);
        auto& slot = runs_[deployment];
        if (!slot) {
            slot = begin(deployment, source);
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
        runs_.erase(deployment);
    }
    return look;
}

void Acquisitions::cancel(const base::DeploymentId& deployment) {
    std::shared_ptr<Run> run;
    {
        base::Lock lock(mutex_);
        const auto found = runs_.find(deployment);
        if (found == runs_.end()) {
            return;
        }
        run = std::move(found->second);
        runs_.erase(found);
    }
    run->thread.request_stop();
    run->thread.join();
}

}  // namespace isolde::conductor
