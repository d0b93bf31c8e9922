// SPDX-License-Identifier: GPL-3.0-or-later
//
// The steps of a deployment before the BMC is touched: fields, slots, base image, composition, publication.
#include "conductor/engine/steps/boot_files.h"
#include "conductor/engine/steps/deploy_steps.h"
#include "conductor/engine/steps/fetched_fields.h"
#include "conductor/engine/steps/host_steps.h"
#include "conductor/engine/steps/placement.h"

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

/// Reads the BMC's slots and changes nothing. Gives a note for the journal.
base::Result<std::string> choose_slots(StepContext& context, const Services& services) {
    const auto fields = TRY(fields_of(context, services));
    TRY(bmc_target(context.node, services.options));
    Deployment& deployment = *context.deployment;
    if (!deployment.second_media.empty() || !wants_second_media(fields)) {
        return std::string();
    }
    const auto bmc = TRY(bmc_of(context.node, services));
    Placement placement = TRY(place_media(fields, TRY(bmc->slots(bmc_deadline(services)))));
    deployment.second_media = std::move(placement.second_media);
    deployment.slot = deployment.second_media.empty() ? "" : std::move(placement.boot_slot);
    return std::move(placement.note);
}

/// How far one image is: nothing when it is here, else what to wait for.
base::Result<std::optional<std::string>> acquire_one(StepContext& context, const Services& services,
                                                     const std::string& part, const cache::ImageSource& source,
                                                     std::optional<cache::Blob>& blob) {
    const cache::Lease lease{cache::LeaseKind::Deployment, Acquisitions::holder(context.deployment->id, part)};
    // The content was named and is here: nothing has to be asked of anybody.
    if (source.expected) {
        if (auto found = services.images.find(*source.expected);
            found.ok() && services.images.grant(found->digest, lease).ok()) {
            blob = std::move(*found);
            return std::optional<std::string>();
        }
    }
    auto look = services.acquisitions.look(context.deployment->id, part, source);
    if (!look.result) {
        show_progress(context.node, look.progress);
        return std::optional(progress_note(look.progress));
    }
    blob = TRY(std::move(*look.result));
    return std::optional<std::string>();
}

base::Result<std::optional<std::string>> acquire_iso(StepContext& context, const Services& services,
                                                     const DeploymentFields& fields) {
    std::optional<cache::Blob> blob;
    if (auto waiting = TRY(acquire_one(context, services, "", {fields.boot_iso, fields.boot_iso_checksum}, blob))) {
        return waiting;
    }
    context.deployment->image = blob->digest;
    context.deployment->image_size = blob->size;
    return std::optional<std::string>();
}

/// Kernel and ramdisk, one after the other, then the base for them.
base::Result<std::optional<std::string>> acquire_kernel(StepContext& context, const Services& services,
                                                        const DeploymentFields& fields) {
    Deployment& deployment = *context.deployment;
    for (const BootPart& part : boot_parts(*fields.kernel)) {
        if (deployment.boot_files.contains(part.name)) {
            continue;
        }
        std::optional<cache::Blob> blob;
        auto waiting = acquire_one(context, services, part.name, part.source, blob);
        if (!waiting.ok() || *waiting) {
            return std::move(waiting).with_context("the " + part.name);
        }
        deployment.boot_files.emplace(part.name, blob->digest);
    }
    const cache::Lease lease{cache::LeaseKind::Deployment, Acquisitions::holder(deployment.id, "")};
    const auto whole =
        TRY(whole_fields(deployment.fields, context.node, services.store, services.options.deploy_defaults));
    const cache::Blob blob =
        TRY(services.boot_bases.acquire(whole, deployment.boot_files, merges_config_drive(deployment, fields), lease));
    deployment.image = blob.digest;
    deployment.image_size = blob.size;
    return std::optional<std::string>();
}

/// The images of second media, one after the other.
base::Result<std::optional<std::string>> acquire_second(StepContext& context, const Services& services,
                                                        const DeploymentFields& fields) {
    for (const MediumField& field : fields.media) {
        for (Medium& medium : context.deployment->second_media) {
            if (medium.role != field.role || medium.image) {
                continue;
            }
            std::optional<cache::Blob> blob;
            auto waiting = acquire_one(context, services, field.role, {field.source, field.checksum}, blob);
            if (!waiting.ok() || *waiting) {
                return std::move(waiting).with_context("the " + field.role + " medium");
            }
            medium.image = blob->digest;
        }
    }
    return std::optional<std::string>();
}

base::Result<std::optional<std::string>> acquire_all(StepContext& context, const Services& services) {
    if (auto waiting = TRY(fetch_into_fields(context, services))) {
        return waiting;
    }
    const auto fields = TRY(fields_of(context, services));
    if (!context.deployment->image) {
        const auto acquire_base = fields.kernel ? acquire_kernel : acquire_iso;
        if (auto waiting = TRY(acquire_base(context, services, fields))) {
            return waiting;
        }
    }
    auto waiting = TRY(acquire_second(context, services, fields));
    if (!waiting) {
        context.node.driver_internal_info.erase("download");
    }
    return waiting;
}

/// Recorded before anything is known by them: a second run must find them again.
base::Result<void> draw_tokens(StepContext& context, const Services& services) {
    Deployment& deployment = *context.deployment;
    if (!deployment.token.empty()) {
        return {};
    }
    const Deployment before = deployment;
    deployment.token = services.random.token();
    for (Medium& medium : deployment.second_media) {
        medium.token = services.random.token();
    }
    auto noted = context.note();
    if (!noted.ok()) {
        deployment = before;
    }
    return noted;
}

base::Result<void> set_urls(StepContext& context, const Services& services) {
    const auto fields = TRY(fields_of(context, services));
    const auto url_of = [&](const std::string& token, const std::string& file_name) {
        return publication_url(services.options, fields, context.node, base::PublicationToken(token), file_name);
    };
    Deployment& deployment = *context.deployment;
    deployment.url = TRY(url_of(deployment.token, "boot.iso"));
    for (Medium& medium : deployment.second_media) {
        medium.url = TRY(url_of(medium.token, medium.file_name));
    }
    return {};
}

base::Result<void> publish_media(StepContext& context, const Services& services) {
    TRY(draw_tokens(context, services));
    TRY(set_urls(context, services));
    const Deployment& deployment = *context.deployment;
    for (const Medium& medium : media_of(deployment)) {
        if (medium.image) {
            TRY(services.images.grant(*medium.image, {cache::LeaseKind::Published, medium.token}));
        }
    }
    for (const auto& [part, digest] : deployment.boot_files) {
        TRY(services.images.grant(digest, {cache::LeaseKind::Published, deployment.token}));
    }
    for (PublicationRecord& record : publications_of(deployment, PublicationState::Active)) {
        record.created_at = services.clock.wall();
        TRY(services.media.publish(record, deployment));
        context.publications.push_back(std::move(record));
    }
    return {};
}

}  // namespace

Outcome admit(StepContext& context, const Services& services) {
    auto chosen = choose_slots(context, services);
    if (!chosen.ok()) {
        return Outcome::failed(std::move(chosen).error());
    }
    return Outcome::done(std::move(*chosen));
}

Outcome acquire_image(StepContext& context, const Services& services) {
    auto waiting = acquire_all(context, services);
    if (!waiting.ok()) {
        return Outcome::failed(std::move(waiting).error());
    }
    if (*waiting) {
        return Outcome::waiting(std::chrono::seconds(5), std::move(**waiting));
    }
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
    if (auto published = publish_media(context, services); !published.ok()) {
        context.publications.clear();
        return Outcome::failed(std::move(published).error());
    }
    return Outcome::done();
}

}  // namespace isolde::conductor
