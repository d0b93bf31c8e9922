// SPDX-License-Identifier: GPL-3.0-or-later
//
// The media side over the real composer, cache and publications.
#pragma once

#include "cache/image_store.h"
#include "conductor/engine/steps/media.h"
#include "conductor/engine/steps/options.h"
#include "conductor/store/store.h"
#include "vmedia/serve/publications.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace isolde::conductor {

struct LiveMediaCollaborators {
    Store& store;
    cache::ImageStore& images;
    const Sealer& sealer;
    const base::Clock& clock;
    base::Log& log;
};

/// Thread-safe.
class LiveMedia final : public Media {
  public:
    /// `was_read`: told at most once a second per node that something of its image was read.
    LiveMedia(const EngineOptions& options, vmedia::PublicationsOptions publications,
              const LiveMediaCollaborators& with, std::function<void(const base::NodeId&)> was_read);

    base::Result<vmedia::PlanReport> compose(const Deployment& deployment) override;
    base::Result<base::Json> manifest(const Deployment& deployment) override;
    base::Result<void> publish(const PublicationRecord& record, const Deployment& deployment) override;
    void mark_reset(const base::PublicationToken& token, base::WallTime reset) override;
    void ejecting(const base::PublicationToken& token) override;
    void revoke(const base::PublicationToken& token) override;
    Evidence evidence(const base::PublicationToken& token, const Evidence& so_far) override;

    vmedia::Publications& publications() { return publications_; }

  private:
    struct Composed {
        vmedia::ServedImage served;
        vmedia::PlanReport report;
    };
    struct Described {
        Node node;
        DeploymentFields fields;
    };
    base::Result<Described> describe(const Deployment& deployment) const;
    base::Result<vmedia::Composition> composition_of(const Deployment& deployment) const;
    base::Result<Composed> compose_now(const Deployment& deployment) const;
    base::Result<vmedia::ServedImage> second_image(const Deployment& deployment, const Medium& medium) const;
    base::Result<vmedia::ServedImage> compose_again(const vmedia::Publication& publication) const;

    const DeployDefaults defaults_;
    LiveMediaCollaborators with_;
    base::Mutex mutex_;
    /// Composed by a step, not published yet: by deployment and role.
    std::map<std::pair<base::DeploymentId, std::string>, vmedia::ServedImage> ready_ ISOLDE_GUARDED_BY(mutex_);
    vmedia::Publications publications_;
};

}  // namespace isolde::conductor
