// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/engine/engine.h"

#include "conductor/engine/dispatcher.h"
#include "conductor/engine/inquiries.h"
#include "conductor/engine/operation_runner.h"
#include "conductor/engine/power_sync.h"
#include "conductor/engine/verbs.h"

namespace isolde::conductor {
namespace {

using namespace std::chrono_literals;

constexpr auto kHeartbeat = 10s;

/// Composes a full Engine of its parts. Members are in order of dependency: what is below uses what is above.
class RunningEngine final : public Engine {
  public:
    RunningEngine(EngineOptions options, const EngineCollaborators& with, JournalObserver observer)
        : options_(std::move(options)),
          with_(with),
          acquisitions_(with.images, [this](const base::DeploymentId& deployment) { wake_owner(deployment); }),
          boot_bases_(options_.loaders, with.images),
          services_{options_,      with.store,  with.images, with.bmcs,   with.media,
                    acquisitions_, boot_bases_, with.clock,  with.random, with.log},
          runner_(services_, std::move(observer)),
          inquiries_(services_) {}

    ~RunningEngine() override { stop(); }

    base::Result<void> begin() {
        TRY(with_.store.free_leases_of(options_.conductor_name));
        TRY(keep_only_recorded_leases());
        TRY(republish());
        auto dispatcher =
            std::make_unique<Dispatcher>(with_.store, with_.clock, with_.log, options_.workers, options_.store_poll,
                                         [this](const OperationKey& key) { return runner_.run(key.node, key.lane); });
        {
            base::Lock lock(mutex_);
            dispatcher_ = std::move(dispatcher);
        }
        verbs_ = std::make_unique<Verbs>(services_, *dispatcher_);
        for (const Operation& operation : TRY(with_.store.all_operations())) {
            dispatcher_->schedule({operation.node, operation.lane}, operation.wake_at);
        }
        power_sync_ =
            std::make_unique<PowerSync>(services_, inquiries_, [this](const base::NodeId& node) { wake(node); });
        heartbeat_ = std::jthread([this](const std::stop_token& stop) { beat(stop); });
        return {};
    }

    base::Result<Node> provision(const std::string& node, Verb verb, const base::Json& configdrive) override {
        return verbs_->provision(node, verb, configdrive);
    }
    base::Result<Deployment> deploy(const std::string& node, const base::Json& fields) override {
        return verbs_->deploy(node, fields);
    }
    base::Result<Node> set_power(const std::string& node, const std::string& target, int timeout) override {
        return verbs_->set_power(node, target, timeout);
    }
    base::Result<void> forget(const std::string& node) override { return verbs_->forget(node); }
    base::Result<void> release(const std::string& node) override { return verbs_->release(node); }

    void validate(const std::string& node,
                  std::function<void(base::Result<std::vector<ValidationRow>>)> done) override {
        inquiries_.validate(node, std::move(done));
    }
    void plan(const std::string& node, std::function<void(base::Result<vmedia::PlanReport>)> done) override {
        inquiries_.plan(node, std::move(done));
    }
    void manifest(const std::string& node, std::function<void(base::Result<base::Json>)> done) override {
        inquiries_.manifest(node, std::move(done));
    }
    void ask_bmc(const std::string& node, std::function<base::Result<base::Json>(bmc::Bmc&, base::Deadline)> question,
                 std::function<void(base::Result<base::Json>)> done) override {
        inquiries_.ask_bmc(node, std::move(question), std::move(done));
    }

    base::Result<Evidence> evidence(const Deployment& deployment) override {
        if (deployment.token.empty()) {
            return deployment.evidence;
        }
        return with_.media.evidence(base::PublicationToken(deployment.token), deployment.evidence);
    }

    void media_was_read(const base::NodeId& node) override { wake(node); }

    void stop() override {
        {
            base::Lock lock(mutex_);
            stopping_ = true;
        }
        stop_changed_.notify_all();
        if (heartbeat_.joinable()) {
            heartbeat_.request_stop();
            heartbeat_.join();
        }
        if (power_sync_) {
            power_sync_->stop();
        }
        inquiries_.stop();
        if (dispatcher_) {
            dispatcher_->stop();
        }
    }

  private:
    void wake(const base::NodeId& node) {
        base::Lock lock(mutex_);
        if (!stopping_ && dispatcher_) {
            dispatcher_->wake({node, Lane::Provision});
        }
    }

    void wake_owner(const base::DeploymentId& deployment) {
        if (const auto record = with_.store.deployment(deployment); record.ok()) {
            wake(record->node);
        }
    }

    base::Result<void> keep_only_recorded_leases() {
        std::vector<std::string> deployments;
        for (const Deployment& deployment : TRY(with_.store.live_deployments())) {
            if (deployment.state != DeploymentState::Released) {
                const auto holders = lease_holders(deployment);
                deployments.insert(deployments.end(), holders.begin(), holders.end());
            }
        }
        std::vector<std::string> tokens;
        for (const PublicationRecord& record : TRY(with_.store.live_publications())) {
            tokens.push_back(record.token.str());
        }
        TRY(with_.images.keep_only(cache::LeaseKind::Deployment, deployments));
        return with_.images.keep_only(cache::LeaseKind::Published, tokens);
    }

    base::Result<void> republish() {
        for (const PublicationRecord& record : TRY(with_.store.live_publications())) {
            const Deployment deployment = TRY(with_.store.deployment(record.deployment));
            TRY(with_.media.publish(record, deployment));
            const auto& begun =
                deployment.evidence.released ? deployment.evidence.released : deployment.reset_intended_at;
            if (begun) {
                with_.media.mark_reset(record.token, *begun);
            }
            if (record.state == PublicationState::RevokePending) {
                with_.media.ejecting(record.token);
            }
        }
        return {};
    }

    void beat(const std::stop_token& stop) {
        const auto born = with_.clock.wall();
        while (!stop.stop_requested()) {
            const ConductorRecord record{options_.conductor_name, options_.conductor_group, born, with_.clock.wall()};
            if (const auto written = with_.store.heartbeat(record); !written.ok()) {
                with_.log.error("store.failed", {{"doing", "writing the heartbeat"}, {"error", written.error()}});
            }
            base::Lock lock(mutex_);
            if (!stopping_) {
                stop_changed_.wait_for(mutex_, kHeartbeat);
            }
        }
    }

    const EngineOptions options_;
    EngineCollaborators with_;
    base::Mutex mutex_;
    base::ConditionVariable stop_changed_;
    bool stopping_ ISOLDE_GUARDED_BY(mutex_) = false;
    Acquisitions acquisitions_;
    BootBases boot_bases_;
    Services services_;
    OperationRunner runner_;
    Inquiries inquiries_;
    std::unique_ptr<Dispatcher> dispatcher_;
    std::unique_ptr<Verbs> verbs_;
    std::unique_ptr<PowerSync> power_sync_;
    std::jthread heartbeat_;
};

}  // namespace

base::Result<std::unique_ptr<Engine>> Engine::start(EngineOptions options, EngineCollaborators collaborators,
                                                    JournalObserver observer) {
    auto engine = std::make_unique<RunningEngine>(std::move(options), collaborators, std::move(observer));
    TRY(engine->begin());
    return std::unique_ptr<Engine>(std::move(engine));
}

}  // namespace isolde::conductor
