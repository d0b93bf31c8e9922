// SPDX-License-Identifier: GPL-3.0-or-later
//
// A media side that remembers what it was told and shows the evidence that a test gives it.
#pragma once

#include "base/mutex.h"
#include "cache/image_store.h"
#include "conductor/engine/steps/media.h"

#include <map>
#include <set>

namespace isolde::conductor::testing {

/// Thread-safe.
class FakeMedia final : public Media {
  public:
    explicit FakeMedia(cache::ImageStore& images) : images_(images) {}

    base::Result<vmedia::PlanReport> compose(const Deployment& deployment) override {
        base::Lock lock(mutex_);
        if (compose_error_) {
            return *compose_error_;
        }
        vmedia::PlanReport report;
        report.plan_digest = "digest-" + deployment.id.str();
        report.delta_bytes = 4096;
        return report;
    }
    base::Result<base::Json> manifest(const Deployment& deployment) override {
        return base::Json{{"plan_digest", "digest-" + deployment.id.str()}};
    }
    base::Result<void> publish(const PublicationRecord& record, const Deployment&) override {
        base::Lock lock(mutex_);
        published_.insert(record.token.str());
        return {};
    }
    void mark_reset(const base::PublicationToken& token, base::WallTime reset) override {
        base::Lock lock(mutex_);
        resets_[token.str()].insert(reset);
    }
    void ejecting(const base::PublicationToken&) override {}
    void revoke(const base::PublicationToken& token) override {
        base::Lock lock(mutex_);
        published_.erase(token.str());
        released_ok_ = images_.release({cache::LeaseKind::Published, token.str()}).ok() && released_ok_;
    }
    /// Whether every lease could be given back.
    bool released_ok() const {
        base::Lock lock(mutex_);
        return released_ok_;
    }
    Evidence evidence(const base::PublicationToken& token, const Evidence& so_far) override {
        base::Lock lock(mutex_);
        const bool released = resets_[token.str()].size() > 1;
        return join(so_far, released ? seen_after_release_ : seen_);
    }

    void fail_compose(std::optional<base::Error> error) {
        base::Lock lock(mutex_);
        compose_error_ = std::move(error);
    }
    /// What every publication's trace shows from now on.
    void show(const Evidence& evidence) {
        base::Lock lock(mutex_);
        seen_ = evidence;
    }
    /// What is shown since the second reset of a publication, which is its release.
    void show_after_release(const Evidence& evidence) {
        base::Lock lock(mutex_);
        seen_after_release_ = evidence;
    }
    /// As a process that has just begun.
    void forget_published() {
        base::Lock lock(mutex_);
        published_.clear();
    }
    std::size_t published() const {
        base::Lock lock(mutex_);
        return published_.size();
    }

  private:
    cache::ImageStore& images_;
    mutable base::Mutex mutex_;
    bool released_ok_ ISOLDE_GUARDED_BY(mutex_) = true;
    std::set<std::string> published_ ISOLDE_GUARDED_BY(mutex_);
    std::map<std::string, std::set<base::WallTime>> resets_ ISOLDE_GUARDED_BY(mutex_);
    std::optional<base::Error> compose_error_ ISOLDE_GUARDED_BY(mutex_);
    Evidence seen_ ISOLDE_GUARDED_BY(mutex_);
    Evidence seen_after_release_ ISOLDE_GUARDED_BY(mutex_);
};

}  // namespace isolde::conductor::testing
