// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/engine/media/live_media.h"

#include "conductor/engine/steps/step.h"

namespace isolde::conductor {
namespace {

Evidence evidence_of(const vmedia::TraceSummary& trace) {
    Evidence evidence;
    evidence.read = trace.loader_at;
    evidence.booted = trace.booted_at;
    evidence.loader = trace.loader_read;
    evidence.kernel_percent = trace.kernel_percent;
    evidence.initrd_percent = trace.initrd_percent;
    evidence.opaque = trace.opaque;
    evidence.bytes_read = trace.bytes;
    evidence.last_read = trace.last_read;
    evidence.loader_last_read = trace.loader_last_read;
    return evidence;
}

}  // namespace

LiveMedia::LiveMedia(const EngineOptions& options, vmedia::PublicationsOptions publications,
                     const LiveMediaCollaborators& with, std::function<void(const base::NodeId&)> was_read)
    : defaults_(options.deploy_defaults),
      with_(with),
      publications_(
          publications, [this](const vmedia::Publication& publication) { return compose_again(publication); },
          [was_read = std::move(was_read)](const vmedia::Publication& publication) { was_read(publication.node); },
          with.clock, with.log) {}

base::Result<vmedia::Composition> LiveMedia::composition_of(const Deployment& deployment) const {
    if (!deployment.image) {
        return base::not_found("the deployment has no base image yet");
    }
    const Node node = TRY(with_.store.node(deployment.node));
    const DeploymentFields fields = TRY(read_deployment_fields(deployment.fields, node.driver_info, defaults_));
    auto base_image = TRY(with_.images.open_blob(*deployment.image));
    const auto key = with_.sealer.digest_key();
    return vmedia::compose(std::move(base_image), *deployment.image, injection_plan(fields), key);
}

base::Result<LiveMedia::Composed> LiveMedia::compose_now(const Deployment& deployment) const {
    auto composition = TRY(composition_of(deployment));
    const auto owners = TRY(vmedia::map_owners(*composition.image));
    auto traced_files =
        std::make_shared<const vmedia::TracedFiles>(vmedia::traced_files_of(owners, composition.image->size()));
    return Composed{{std::move(composition.image), std::move(traced_files)}, std::move(composition.report)};
}

base::Result<vmedia::PlanReport> LiveMedia::compose(const Deployment& deployment) {
    Composed composed = TRY(compose_now(deployment));
    base::Lock lock(mutex_);
    ready_[deployment.id] = std::move(composed.served);
    return std::move(composed.report);
}

base::Result<base::Json> LiveMedia::manifest(const Deployment& deployment) {
    return std::move(TRY(composition_of(deployment)).manifest);
}

base::Result<void> LiveMedia::publish(const PublicationRecord& record, const Deployment& deployment) {
    vmedia::Publication publication;
    publication.token = record.token;
    publication.node = record.node;
    publication.created = record.created_at;
    std::optional<vmedia::ServedImage> served;
    {
        base::Lock lock(mutex_);
        if (auto ready = ready_.extract(deployment.id)) {
            served = std::move(ready.mapped());
        }
    }
    publications_.publish(publication, std::move(served));
    return {};
}

base::Result<vmedia::ServedImage> LiveMedia::compose_again(const vmedia::Publication& publication) const {
    const auto record = TRY(with_.store.publication(publication.token));
    const auto deployment = TRY(with_.store.deployment(record.deployment));
    return std::move(TRY(compose_now(deployment)).served);
}

void LiveMedia::mark_reset(const base::PublicationToken& token, base::WallTime reset) {
    publications_.mark_reset(token, reset);
}

void LiveMedia::ejecting(const base::PublicationToken& token) {
    publications_.ejecting(token);
}

void LiveMedia::revoke(const base::PublicationToken& token) {
    publications_.revoke(token, [this, token] {
        const auto released = with_.images.release({cache::LeaseKind::Published, token.str()});
        if (!released.ok()) {
            with_.log.error("media.lease_kept", {{"error", released.error()}});
        }
    });
}

Evidence LiveMedia::evidence(const base::PublicationToken& token, const Evidence& so_far) {
    const auto trace = publications_.trace(token);
    return trace ? join(so_far, evidence_of(*trace)) : so_far;
}

}  // namespace isolde::conductor
