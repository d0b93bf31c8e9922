// SPDX-License-Identifier: GPL-3.0-or-later
//
// The steps of a deployment that touch no BMC: fields, base image, composition, publication.
#include "conductor/engine/steps/deploy_steps.h"

namespace isolde::conductor {
namespace {

base::Result<DeploymentFields> fields_of(const StepContext& context, const Services& services) {
    return read_deployment_fields(context.deployment->fields, context.node.driver_info,
                                  services.options.deploy_defaults);
}

std::string progress_note(const cache::FetchProgress& progress) {
    std::string note = progress.phase.empty() ? "starting" : progress.phase;
    if (progress.total && progress.total->bytes() > 0) {
        note += " " + std::to_string(progress.received.bytes() * 100 / progress.total->bytes()) + " % of " +
                base::to_string(*progress.total);
    } else if (progress.received.bytes() > 0) {
        note += " " + base::to_string(progress.received);
    }
    return note;
}

void show_progress(Node& node, const cache::FetchProgress& progress) {
    base::Json shown = {{"url", progress.url}, {"phase", progress.phase}, {"received", progress.received.bytes()}};
    if (progress.total) {
        shown["total"] = progress.total->bytes();
    }
    node.driver_internal_info["download"] = std::move(shown);
}

void keep_blob(StepContext& context, const cache::Blob& blob) {
    context.deployment->image = blob.digest;
    context.deployment->image_size = blob.size;
    context.node.driver_internal_info.erase("download");
}

}  // namespace

Outcome admit(StepContext& context, const Services& services) {
    auto fields = fields_of(context, services);
    if (!fields.ok()) {
        return Outcome::failed(std::move(fields).error());
    }
    if (auto target = bmc_target(context.node, services.options); !target.ok()) {
        return Outcome::failed(std::move(target).error());
    }
    return Outcome::done();
}

Outcome acquire_image(StepContext& context, const Services& services) {
    auto fields = fields_of(context, services);
    if (!fields.ok()) {
        return Outcome::failed(std::move(fields).error());
    }
    const cache::Lease lease{cache::LeaseKind::Deployment, context.deployment->id.str()};
    // The content was named and is here: nothing has to be asked of anybody.
    if (fields->boot_iso_checksum) {
        if (auto blob = services.images.find(*fields->boot_iso_checksum);
            blob.ok() && services.images.grant(blob->digest, lease).ok()) {
            keep_blob(context, *blob);
            return Outcome::done("in the cache");
        }
    }
    auto look = services.acquisitions.look(context.deployment->id, {fields->boot_iso, fields->boot_iso_checksum});
    if (!look.result) {
        show_progress(context.node, look.progress);
        return Outcome::waiting(std::chrono::seconds(5), progress_note(look.progress));
    }
    if (!look.result->ok()) {
        return Outcome::failed(std::move(*look.result).error());
    }
    keep_blob(context, look.result->value());
    return Outcome::done();
}

Outcome compose_image(StepContext& context, const Services& services) {
    auto composed = services.media.compose(*context.deployment);
    if (!composed.ok()) {
        return Outcome::failed(std::move(composed).error());
    }
    context.deployment->plan_digest = composed->plan_digest;
    context.node.driver_internal_info["composed"] = {{"delta_bytes", composed->delta_bytes},
                                                     {"image_bytes", composed->image_size},
                                                     {"warnings", composed->warnings}};
    return Outcome::done("delta of " + base::to_string(base::ByteCount(composed->delta_bytes)));
}

Outcome publish_image(StepContext& context, const Services& services) {
    auto fields = fields_of(context, services);
    if (!fields.ok()) {
        return Outcome::failed(std::move(fields).error());
    }
    Deployment& deployment = *context.deployment;
    if (deployment.token.empty()) {
        deployment.token = services.random.token();
        // Recorded before anything is known by it: a second run must find it again.
        if (auto noted = context.note(); !noted.ok()) {
            deployment.token.clear();
            return Outcome::failed(std::move(noted).error());
        }
    }
    const base::PublicationToken token(deployment.token);
    auto url = publication_url(services.options, *fields, context.node, token);
    if (!url.ok()) {
        return Outcome::failed(std::move(url).error());
    }
    deployment.url = std::move(*url);
    PublicationRecord record;
    record.token = token;
    record.node = context.node.id;
    record.deployment = deployment.id;
    record.url = deployment.url;
    record.created_at = services.clock.wall();
    auto published = [&]() -> base::Result<void> {
        TRY(services.images.grant(*deployment.image, {cache::LeaseKind::Published, token.str()}));
        return services.media.publish(record, deployment);
    }();
    if (!published.ok()) {
        return Outcome::failed(std::move(published).error());
    }
    context.publications.push_back(std::move(record));
    return Outcome::done();
}

}  // namespace isolde::conductor
