// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/engine/inquiries.h"

#include "conductor/engine/steps/boot_files.h"
#include "conductor/engine/steps/config_drive.h"
#include "conductor/engine/steps/fetched_fields.h"
#include "conductor/engine/steps/host_steps.h"
#include "conductor/engine/steps/placement.h"
#include "vmedia/build/boot_image.h"

#include <algorithm>
#include <memory>

namespace isolde::conductor {
namespace {

using namespace std::chrono_literals;

constexpr unsigned kThreads = 16;
constexpr std::size_t kParked = 256;
constexpr auto kAnswerWithin = 20s;

base::Error too_many() {
    return base::unavailable("256 questions to BMCs wait for an answer already; try again in a moment");
}

ValidationRow row_of(const char* interface, const base::Result<void>& result) {
    if (result.ok()) {
        return {interface, true, ""};
    }
    return {interface, false, result.error().to_string()};
}

ValidationRow unsupported_row(const char* interface) {
    return {interface, false,
            "Driver redfish does not support " + std::string(interface) + " (disabled or not implemented)."};
}

/// What can be known of the fields and the image without downloading it.
base::Result<void> check_deploy(const Node& node, const Services& services, base::Deadline deadline) {
    const auto fields = TRY(checked_fields(node, services.store, services.options.deploy_defaults));
    for (const FieldToFetch& field : fields_to_fetch(fields)) {
        TRY(services.images.preflight(field.file.source, deadline).with_context(field.file.name));
    }
    for (const FieldToFetch& field : fields_to_fetch(fields)) {
        TRY(services.images.preflight(field.file.source, deadline).with_context(field.file.name));
    }
    for (const MediumField& medium : fields.media) {
        TRY(services.images.preflight({medium.source, medium.checksum}, deadline));
    }
    if (!fields.kernel) {
        return services.images.preflight({fields.boot_iso, fields.boot_iso_checksum}, deadline);
    }
    for (const BootPart& part : boot_parts(*fields.kernel)) {
        TRY(services.images.preflight(part.source, deadline).with_context("the " + part.name));
    }
    return {};
}

base::Result<void> check_slots(bmc::Bmc& bmc, const Node& node, const Services& services, base::Deadline deadline) {
    const auto slots = TRY(bmc.slots(deadline));
    // What is wrong with the fields is said of `deploy`.
    const auto fields = checked_fields(node, services.store, services.options.deploy_defaults);
    TRY(place_media(fields.ok() ? *fields : DeploymentFields(), slots));
    return {};
}

base::Result<base::Digest> cached(const cache::ImageSource& source, const Services& services) {
    if (source.expected && services.images.find(*source.expected).ok()) {
        return *source.expected;
    }
    for (const cache::Blob& blob : services.images.list()) {
        if (std::find(blob.urls.begin(), blob.urls.end(), source.url) != blob.urls.end()) {
            return blob.digest;
        }
    }
    return base::not_found("the base image is not in the cache yet; deploy the node once, and the plan can be shown");
}

struct BaseImage {
    std::shared_ptr<const image::FileSource> file;
    base::Digest digest;
    BootFiles boot_files;
};

/// The base that a deployment would have, of what is in the cache. One that has to be made is not kept.
base::Result<BaseImage> base_of(const DeploymentFields& fields, bool merges, const Services& services) {
    BaseImage image;
    if (!fields.kernel) {
        image.digest = TRY(cached({fields.boot_iso, fields.boot_iso_checksum}, services));
        image.file = TRY(services.images.open_blob(image.digest));
        return image;
    }
    for (const BootPart& part : boot_parts(*fields.kernel)) {
        image.boot_files.emplace(part.name, TRY(cached(part.source, services)));
    }
    const base::Bytes made =
        TRY(make_boot_base(fields, image.boot_files, merges, services.options.loaders, services.images));
    image.digest = base::sha256(made);
    image.file = TRY(vmedia::hold_in_memory(made));
    return image;
}

}  // namespace

Inquiries::Inquiries(const Services& services) : services_(services), pool_(kThreads, kParked) {}

std::vector<ValidationRow> Inquiries::validation_of(const Node& node) {
    const auto deadline = base::Deadline::after(services_.clock, kAnswerWithin);
    auto reached = [&]() -> base::Result<std::shared_ptr<bmc::Bmc>> {
        auto bmc = TRY(bmc_of(node, services_));
        TRY(bmc->power(deadline));
        return bmc;
    }();
    const base::Result<void> power = reached.ok() ? base::Result<void>() : base::Result<void>(reached.error());
    const base::Result<void> boot = reached.ok() ? check_slots(**reached, node, services_, deadline) : power;
    std::vector<ValidationRow> rows{row_of("boot", boot), row_of("deploy", check_deploy(node, services_, deadline)),
                                    row_of("management", power), row_of("network", {}), row_of("power", power)};
    for (const char* interface : {"bios", "console", "raid", "rescue"}) {
        rows.push_back(unsupported_row(interface));
    }
    rows.push_back(row_of("inspect", power));
    rows.push_back(row_of("storage", {}));
    return rows;
}

template <typename Value>
void Inquiries::ask(const std::string& id_or_name, std::function<base::Result<Value>(const Node&)> question,
                    std::function<void(base::Result<Value>)> done) {
    auto node = services_.store.find_node(id_or_name);
    if (!node.ok()) {
        done(std::move(node).error());
        return;
    }
    const auto answer = std::make_shared<decltype(done)>(std::move(done));
    if (!pool_.submit([node = *node, question = std::move(question), answer] { (*answer)(question(node)); })) {
        (*answer)(too_many());
    }
}

void Inquiries::validate(const std::string& id_or_name,
                         std::function<void(base::Result<std::vector<ValidationRow>>)> done) {
    ask<std::vector<ValidationRow>>(
        id_or_name, [this](const Node& node) { return validation_of(node); }, std::move(done));
}

base::Result<vmedia::PlanReport> Inquiries::plan_of(const Node& node) {
    const auto fields = TRY(whole_fields(node.instance_info, node, services_.store, services_.options.deploy_defaults));
    if (const auto missing = fields_to_fetch(fields); !missing.empty()) {
        return base::unsupported("the plan cannot be shown: " + missing.front().file.name +
                                 " is fetched when the node is deployed");
    }
    if (const auto missing = fields_to_fetch(fields); !missing.empty()) {
        return base::unsupported("the plan cannot be shown: " + missing.front().file.name +
                                 " is fetched when the node is deployed");
    }
    const bool merges = fields.config_drive && fields.config_drive->delivery == ConfigDriveDelivery::Merge;
    BaseImage base_image = TRY(base_of(fields, merges, services_));
    auto plan = injection_plan(fields);
    TRY(add_boot_files(plan, fields, base_image.boot_files, services_.images));
    if (merges) {
        TRY(merge_config_drive(plan, *fields.config_drive, node, TRY(vmedia::recognise(*base_image.file))));
    }
    auto composed = TRY(vmedia::compose(std::move(base_image.file), base_image.digest, plan, {}));
    return std::move(composed.report);
}

void Inquiries::plan(const std::string& id_or_name, std::function<void(base::Result<vmedia::PlanReport>)> done) {
    ask<vmedia::PlanReport>(
        id_or_name, [this](const Node& node) { return plan_of(node); }, std::move(done));
}

base::Result<base::Json> Inquiries::manifest_of(const Node& node) {
    const auto deployment = TRY(services_.store.current_deployment(node.id));
    if (!deployment) {
        return base::not_found("node " + node.id.str() + " has no deployment, so no image of its own");
    }
    return services_.media.manifest(*deployment);
}

void Inquiries::manifest(const std::string& id_or_name, std::function<void(base::Result<base::Json>)> done) {
    ask<base::Json>(
        id_or_name, [this](const Node& node) { return manifest_of(node); }, std::move(done));
}

void Inquiries::ask_bmc(const std::string& id_or_name,
                        std::function<base::Result<base::Json>(bmc::Bmc&, base::Deadline)> question,
                        std::function<void(base::Result<base::Json>)> done) {
    const auto deadline = base::Deadline::after(services_.clock, kAnswerWithin);
    ask<base::Json>(
        id_or_name,
        [this, question = std::move(question), deadline](const Node& node) -> base::Result<base::Json> {
            const auto bmc = TRY(bmc_of(node, services_));
            return question(*bmc, deadline);
        },
        std::move(done));
}

}  // namespace isolde::conductor
