// SPDX-License-Identifier: GPL-3.0-or-later
//
// The steps of a deployment before the BMC is touched: fields, slots, base image, composition, publication.
#include "conductor/engine/steps/config_drive.h"
#include "conductor/engine/steps/deploy_steps.h"
#include "conductor/engine/steps/host_steps.h"

#include <algorithm>

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

bool takes_usb(const bmc::MediaSlot& slot) {
    return std::find(slot.types.begin(), slot.types.end(), bmc::MediaType::Usb) != slot.types.end();
}

/// Where the config drive goes; reads the BMC's slots and changes nothing. Gives a note for the journal.
base::Result<std::string> place_config_drive(StepContext& context, const Services& services,
                                             const ConfigDriveField& drive) {
    Deployment& deployment = *context.deployment;
    const auto bmc = TRY(bmc_of(context.node, services));
    const auto slots = TRY(bmc->slots(bmc_deadline(services)));
    const auto boot = TRY(bmc::choose_boot_slot(slots));
    auto second = bmc::choose_second_slot(slots, boot, drive.format == ConfigDriveFormat::Vfat);
    if (!second.ok() && drive.delivery == ConfigDriveDelivery::Auto) {
        return std::string("the config drive is merged into the boot image: the BMC has one slot");
    }
    const bmc::MediaSlot slot = TRY(std::move(second).with_context("the config drive needs a slot of its own"));
    const char* file_name = takes_usb(slot) ? "config.img" : "config.iso";
    deployment.slot = boot.id.str();
    deployment.second_media = {{kConfigRole, file_name, slot.id.str(), "", ""}};
    return "the config drive goes into slot " + slot.name;
}

base::Result<std::string> place_media(StepContext& context, const Services& services) {
    const auto fields = TRY(fields_of(context, services));
    TRY(bmc_target(context.node, services.options));
    const auto& drive = fields.config_drive;
    const bool placed = !context.deployment->second_media.empty();
    if (!drive || placed || drive->delivery == ConfigDriveDelivery::Merge) {
        return std::string();
    }
    return place_config_drive(context, services, *drive);
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
    TRY(services.images.grant(*deployment.image, {cache::LeaseKind::Published, deployment.token}));
    for (PublicationRecord& record : publications_of(deployment, PublicationState::Active)) {
        record.created_at = services.clock.wall();
        TRY(services.media.publish(record, deployment));
        context.publications.push_back(std::move(record));
    }
    return {};
}

}  // namespace

Outcome admit(StepContext& context, const Services& services) {
    auto placed = place_media(context, services);
    if (!placed.ok()) {
        return Outcome::failed(std::move(placed).error());
    }
    return Outcome::done(std::move(*placed));
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
    if (auto published = publish_media(context, services); !published.ok()) {
        context.publications.clear();
        return Outcome::failed(std::move(published).error());
    }
    return Outcome::done();
}

}  // namespace isolde::conductor
