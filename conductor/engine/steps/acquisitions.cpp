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

std::shared_ptr<Acquisitions::Run> Acquisitions::begin(const Key& key, Job job) {
    auto run = std::make_shared<Run>();
    run->thread = std::jthread([this, key, job = std::move(job), state = run.get()](const std::stop_token& stop) {
        const base::DeploymentId& deployment = key.first;
        const Report report = [&](const cache::FetchProgress& progress) {
            {
                base::Lock lock(state->mutex);
                state->progress = progress;
            }
            changed_(deployment);
        };
        auto result = job(report, stop);
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

Acquisitions::State Acquisitions::look_at(const Key& key, Job job) {
    std::shared_ptr<Run> run;
    {
        base::Lock lock(mutex_);
        auto& slot = runs_[key];
        if (!slot) {
            slot = begin(key, std::move(job));
        }
        run = slot;
    }
    State state;
    {
        base::Lock lock(run->mutex);
        state.progress = run->progress;
        state.result = run->result;
    }
    if (state.result) {
        base::Lock lock(mutex_);
        runs_.erase(key);
    }
    return state;
}

Acquisitions::Look Acquisitions::look(const base::DeploymentId& deployment, const std::string& part,
                                      const cache::ImageSource& source) {
    const cache::Lease lease{cache::LeaseKind::Deployment, holder(deployment, part)};
    State state =
        look_at({deployment, part},
                [this, source, lease](const Report& report, const std::stop_token& stop) -> base::Result<Acquired> {
                    return Acquired{TRY(images_.acquire(source, lease, report, stop)), {}};
                });
    Look look{std::nullopt, std::move(state.progress)};
    if (state.result) {
        look.result = state.result->ok() ? base::Result((*state.result)->blob) : state.result->error();
    }
    return look;
}

Acquisitions::LookAtFiles Acquisitions::look_at_files(const base::DeploymentId& deployment,
                                                      const std::vector<File>& files) {
    constexpr const char* kPart = "files";
    State state = look_at({deployment, kPart},
                          [this, files](const Report&, const std::stop_token& stop) -> base::Result<Acquired> {
                              Acquired acquired;
                              for (const File& file : files) {
                                  auto content = images_.read(file.source, file.limit, stop);
                                  acquired.contents.push_back(TRY(std::move(content).with_context(file.name)));
                              }
                              return acquired;
                          });
    LookAtFiles look;
    if (state.result) {
        look.contents = state.result->ok() ? base::Result(std::move((*state.result)->contents)) : state.result->error();
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
