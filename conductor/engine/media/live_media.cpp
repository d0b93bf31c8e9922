// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/engine/media/live_media.h"

#include "conductor/engine/steps/boot_files.h"
#include "conductor/engine/steps/config_drive.h"
#include "conductor/engine/steps/placement.h"
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

/// An image that is in memory whole. What it holds may be secret: its tag is keyed.
base::Result<vmedia::ServedImage> served_from_memory(base::Bytes bytes, base::ByteView key) {
    const std::string digest = base::hmac_sha256_hex(key, bytes);
    const std::uint64_t size = bytes.size();
    auto extents = TRY(vmedia::ExtentMap::from({{0, size, vmedia::ExtentKind::Delta, 0, 0}}));
    auto image =
        TRY(vmedia::ComposedImage::create({}, std::move(bytes), std::move(extents), "\"" + digest + "\"", digest));
    return vmedia::ServedImage{std::move(image),
                               std::make_shared<const vmedia::TracedFiles>(vmedia::TracedFiles{{}, size})};
}

/// An image of the cache, as it is.
base::Result<vmedia::ServedImage> served_from_blob(std::shared_ptr<const image::FileSource> blob,
                                                   const base::Digest& digest) {
    const std::uint64_t size = blob->size();
    auto extents = TRY(vmedia::ExtentMap::from({{0, size, vmedia::ExtentKind::Blob, 0, 0}}));
    auto image = TRY(vmedia::ComposedImage::create({std::move(blob)}, {}, std::move(extents),
                                                   "\"" + digest.hex() + "\"", digest.hex()));
    return vmedia::ServedImage{std::move(image),
                               std::make_shared<const vmedia::TracedFiles>(vmedia::TracedFiles{{}, size})};
}

/// The last part of a URL.
std::string file_name_of(const std::string& url) {
    return url.substr(url.rfind('/') + 1);
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

base::Result<LiveMedia::Described> LiveMedia::describe(const Deployment& deployment) const {
    Described described;
    described.node = TRY(with_.store.node(deployment.node));
    described.fields = TRY(whole_fields(deployment.fields, described.node, with_.store, defaults_));
    return described;
}

base::Result<vmedia::Composition> LiveMedia::composition_of(const Deployment& deployment) const {
    if (!deployment.image) {
        return base::not_found("the deployment has no base image yet");
    }
    const auto [node, fields] = TRY(describe(deployment));
    auto base_image = TRY(with_.images.open_blob(*deployment.image));
    vmedia::InjectionPlan plan = injection_plan(fields);
    TRY(add_boot_files(plan, fields, deployment.boot_files, with_.images));
    if (merges_config_drive(deployment, fields)) {
        TRY(merge_config_drive(plan, *fields.config_drive, node, TRY(vmedia::recognise(*base_image))));
    }
    const auto key = with_.sealer.digest_key();
    return vmedia::compose(std::move(base_image), *deployment.image, plan, key);
}

base::Result<vmedia::ServedImage> LiveMedia::second_image(const Deployment& deployment, const Medium& medium) const {
    if (medium.image) {
        return served_from_blob(TRY(with_.images.open_blob(*medium.image)), *medium.image);
    }
    const auto [node, fields] = TRY(describe(deployment));
    if (medium.role != kConfigRole || !fields.config_drive) {
        return base::internal("the deployment has no " + medium.role + " medium");
    }
    return served_from_memory(TRY(config_drive_image(*fields.config_drive, node)), with_.sealer.digest_key());
}

base::Result<LiveMedia::Composed> LiveMedia::compose_now(const Deployment& deployment) const {
    auto composition = TRY(composition_of(deployment));
    auto traced_files = std::make_shared<const vmedia::TracedFiles>(
        vmedia::traced_files_of(composition.boot_files, composition.image->size()));
    return Composed{{std::move(composition.image), std::move(traced_files)}, std::move(composition.report)};
}

base::Result<vmedia::PlanReport> LiveMedia::compose(const Deployment& deployment) {
    Composed composed = TRY(compose_now(deployment));
    std::vector<std::pair<std::string, vmedia::ServedImage>> images{{"boot", std::move(composed.served)}};
    for (const Medium& medium : deployment.second_media) {
        images.emplace_back(medium.role, TRY(second_image(deployment, medium)));
    }
    base::Lock lock(mutex_);
    for (auto& [role, image] : images) {
        ready_[{deployment.id, role}] = std::move(image);
    }
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
    publication.file_name = file_name_of(record.url);
    const auto medium = medium_of(deployment, record.token);
    std::optional<vmedia::ServedImage> served;
    if (medium) {
        base::Lock lock(mutex_);
        if (auto ready = ready_.extract(std::pair(deployment.id, medium->role))) {
            served = std::move(ready.mapped());
        }
    }
    publications_.publish(publication, std::move(served));
    return {};
}

base::Result<vmedia::ServedImage> LiveMedia::compose_again(const vmedia::Publication& publication) const {
    const auto record = TRY(with_.store.publication(publication.token));
    const auto deployment = TRY(with_.store.deployment(record.deployment));
    const auto medium = medium_of(deployment, publication.token);
    if (medium && medium->role != "boot") {
        return second_image(deployment, *medium);
    }
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
