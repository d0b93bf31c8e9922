// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the steps want from the media side: compose a deployment's image, publish it, see what is read of it, revoke it.
#pragma once

#include "base/ids.h"
#include "base/result.h"
#include "conductor/node/deployment.h"
#include "vmedia/compose/composer.h"

#include <string>

namespace isolde::conductor {

/// Thread-safe.
class Media {
  public:
    virtual ~Media() = default;

    /// Composes the deployment's image from its acquired base, builds its second media, and keeps them for publishing.
    /// Nothing is written.
    /// Errors: as vmedia::compose; NotFound when the base is not in the cache.
    virtual base::Result<vmedia::PlanReport> compose(const Deployment& deployment) = 0;
    /// What the deployment's image changes of its base, as its trailer says. Errors: as compose.
    virtual base::Result<base::Json> manifest(const Deployment& deployment) = 0;

    /// Serves the medium of the deployment that has the record's token. Idempotent. After a restart the image is
    /// composed again at the first read.
    virtual base::Result<void> publish(const PublicationRecord& record, const Deployment& deployment) = 0;
    /// From now on only reads after `reset` count as boot: of a power-on, or of the release.
    virtual void mark_reset(const base::PublicationToken& token, base::WallTime reset) = 0;
    /// An eject is under way: HEAD stays answered until revoke.
    virtual void ejecting(const base::PublicationToken& token) = 0;
    /// Serves it no more, and gives back its `published` lease once the last response that uses it has ended.
    /// Idempotent.
    virtual void revoke(const base::PublicationToken& token) = 0;

    /// `so_far` with what the live trace adds to it.
    virtual Evidence evidence(const base::PublicationToken& token, const Evidence& so_far) = 0;
};

/// What both know, joined: earliest times, highest percentages. Pure.
Evidence join(const Evidence& a, const Evidence& b);

}  // namespace isolde::conductor
