// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/engine/steps/fetched_fields.h"

#include "base/digest.h"
#include "conductor/engine/steps/config_drive.h"
#include "http/client/url.h"

#include <algorithm>
#include <iterator>

namespace isolde::conductor {
namespace {

using base::Result;

cache::ImageSource source_of(const SourceField& field) {
    return {.url = field.url, .expected = field.checksum, .any_content = true};
}

Result<void> put_drive(Deployment& deployment, const FieldToFetch& field, base::ByteView content, const Node& node) {
    auto decoded = base::from_base64(base::as_text(content));
    ConfigDriveField drive;
    drive.packed =
        decoded.ok() && !decoded->empty() ? std::move(*decoded) : base::Bytes(content.begin(), content.end());
    const std::string place = http::without_secrets(TRY(http::parse_url(field.file.source.url)));
    if (drive.packed.empty()) {
        return base::invalid_argument(place + " is empty");
    }
    TRY(check_config_drive(drive, node).with_context(place));
    deployment.fields["configdrive"] = base::to_base64(drive.packed);
    deployment.fields.erase("configdrive_checksum");
    deployment.provenance["configdrive"] = place + ", " + base::sha256(content).str();
    return {};
}

void put_file(base::Json& file, base::ByteView content) {
    file["content_base64"] = base::to_base64(content);
    file.erase("url");
    file.erase("checksum");
}

}  // namespace

std::vector<FieldToFetch> fields_to_fetch(const DeploymentFields& fields) {
    std::vector<FieldToFetch> wanted;
    if (const auto& drive = fields.config_drive; drive && drive->fetched) {
        wanted.push_back({{"the config drive", source_of(*drive->fetched), kLargestFetchedDrive}, std::nullopt});
    }
    for (std::size_t i = 0; i < fields.files.size(); ++i) {
        const InjectFile& file = fields.files[i];
        if (file.fetched) {
            const base::ByteCount limit(kLargestInjectedFile);
            wanted.push_back({{"the file " + file.path, source_of(*file.fetched), limit}, i});
        }
    }
    return wanted;
}

Result<void> put_fetched(Deployment& deployment, const FieldToFetch& field, base::ByteView content, const Node& node) {
    if (!field.place) {
        return put_drive(deployment, field, content, node);
    }
    put_file(deployment.fields["inject_files"][*field.place], content);
    return {};
}

Result<std::optional<std::string>> fetch_into_fields(StepContext& context, const Services& services) {
    Deployment& deployment = *context.deployment;
    const auto wanted = fields_to_fetch(
        TRY(read_deployment_fields(deployment.fields, context.node.driver_info, services.options.deploy_defaults)));
    if (wanted.empty()) {
        return std::optional<std::string>();
    }
    std::vector<Acquisitions::File> files;
    std::transform(wanted.begin(), wanted.end(), std::back_inserter(files),
                   [](const FieldToFetch& field) { return field.file; });
    auto look = services.acquisitions.look_at_files(deployment.id, files);
    if (!look.contents) {
        return std::optional<std::string>("fetching " + wanted.front().file.name);
    }
    const auto contents = TRY(std::move(*look.contents));
    Deployment fetched = deployment;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        TRY(put_fetched(fetched, wanted[i], contents.at(i), context.node).with_context(wanted[i].file.name));
    }
    TRY(read_deployment_fields(fetched.fields, context.node.driver_info, services.options.deploy_defaults));
    deployment = std::move(fetched);
    // The store keeps a drive apart: what the steps go on with is small again.
    context.completed_fields = true;
    TRY(context.note());
    deployment.fields = TRY(services.store.deployment(deployment.id)).fields;
    return std::optional<std::string>();
}

}  // namespace isolde::conductor
