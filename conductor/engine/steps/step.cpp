// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/engine/steps/step.h"

#include "conductor/engine/steps/config_drive.h"
#include "conductor/engine/steps/deploy_steps.h"
#include "conductor/engine/steps/host_steps.h"
#include "conductor/engine/steps/media_address.h"
#include "conductor/engine/steps/take_down_steps.h"

#include <algorithm>
#include <array>

namespace isolde::conductor {
namespace {

using StepFunction = Outcome (*)(StepContext&, const Services&);

struct StepRow {
    Step step;
    StepFunction run;
};

constexpr std::array kSteps{
    StepRow{Step::Admit, admit},
    StepRow{Step::Acquire, acquire_image},
    StepRow{Step::Compose, compose_image},
    StepRow{Step::Publish, publish_image},
    StepRow{Step::PowerOff, power_off_for_deploy},
    StepRow{Step::EjectOld, empty_the_slot},
    StepRow{Step::Insert, insert_medium},
    StepRow{Step::Verify, verify_medium},
    StepRow{Step::BootOnce, set_boot_override},
    StepRow{Step::PowerOn, power_on_once},
    StepRow{Step::SeeBoot, see_boot},
    StepRow{Step::Watch, watch},
    StepRow{Step::ReleaseEject, release_eject},
    StepRow{Step::ReleaseRevoke, release_revoke},
    StepRow{Step::TakeDownPowerOff, take_down_power},
    StepRow{Step::TakeDownEject, take_down_eject},
    StepRow{Step::TakeDownOverride, take_down_override},
    StepRow{Step::TakeDownRevoke, take_down_revoke},
    StepRow{Step::TakeDownDrop, take_down_drop},
    StepRow{Step::Reach, reach_bmc},
    StepRow{Step::Finish, finish},
    StepRow{Step::PowerChange, change_power},
};

/// scheme://host[:port]/path → host in lower case and path without percent-encoding, which is what BMCs keep intact.
std::string comparable(const std::string& url) {
    const auto scheme = url.find("://");
    const auto host_begin = scheme == std::string::npos ? 0 : scheme + 3;
    const auto path_begin = std::min(url.find('/', host_begin), url.size());
    std::string host = url.substr(host_begin, path_begin - host_begin);
    if (const auto colon = host.rfind(':'); colon != std::string::npos && host.find(']', colon) == std::string::npos) {
        host.resize(colon);
    }
    std::transform(host.begin(), host.end(), host.begin(), [](unsigned char c) { return std::tolower(c); });
    std::string path = url.substr(path_begin);
    if (const auto end = path.find('\0'); end != std::string::npos) {
        path.resize(end);
    }
    std::transform(path.begin(), path.end(), path.begin(), [](unsigned char c) { return std::tolower(c); });
    return host + path;
}

}  // namespace

Outcome run_step(StepContext& context, const Services& services) {
    const auto* row = std::find_if(kSteps.begin(), kSteps.end(),
                                   [&](const StepRow& candidate) { return candidate.step == context.operation.step; });
    return row->run(context, services);
}

base::Result<bmc::Target> bmc_target(const Node& node, const EngineOptions& options) {
    const BmcSettings settings = TRY(read_bmc_settings(node.driver_info, options.verify_ca_default));
    bmc::Target target;
    target.address = settings.address;
    target.system_id = settings.system_id;
    target.user = settings.user;
    target.password = base::Secret(settings.password);
    target.auth_type = settings.auth_type;
    target.verify_tls = settings.verify_tls;
    target.ca_file = settings.ca_file.empty() ? options.bmc_ca_file : settings.ca_file;
    return target;
}

base::Result<DeploymentFields> whole_fields(const base::Json& fields, const Node& node, const Store& store,
                                            const DeployDefaults& defaults) {
    return read_deployment_fields(TRY(store.with_config_drive(node.id, fields)), node.driver_info, defaults);
}

base::Result<DeploymentFields> checked_fields(const Node& node, const Store& store, const DeployDefaults& defaults) {
    auto fields = TRY(whole_fields(node.instance_info, node, store, defaults));
    TRY(vmedia::check_plan(injection_plan(fields)));
    if (fields.config_drive && !fields.config_drive->fetched) {
        TRY(check_config_drive(*fields.config_drive, node));
    }
    return fields;
}

base::Result<std::string> publication_url(const EngineOptions& options, const DeploymentFields& fields,
                                          const Node& node, const base::PublicationToken& token,
                                          const std::string& file_name) {
    const std::string& configured = fields.external_http_url.empty() ? options.media_url : fields.external_http_url;
    const BmcSettings bmc = TRY(read_bmc_settings(node.driver_info));
    std::string base = TRY(media_base_url(configured, options.media_port, bmc.address));
    while (!base.empty() && base.back() == '/') {
        base.pop_back();
    }
    return base + "/m/" + token.str() + "/" + file_name;
}

std::vector<std::string> lease_holders(const Deployment& deployment) {
    std::vector<std::string> holders{Acquisitions::holder(deployment.id, "")};
    for (const Medium& medium : deployment.second_media) {
        holders.push_back(Acquisitions::holder(deployment.id, medium.role));
    }
    for (const char* part : {"kernel", "ramdisk", "bootloader"}) {
        if (deployment.fields.contains("kernel")) {
            holders.push_back(Acquisitions::holder(deployment.id, part));
        }
    }
    return holders;
}

base::Result<void> release_images(const Deployment& deployment, cache::ImageStore& images) {
    for (const std::string& holder : lease_holders(deployment)) {
        TRY(images.release({cache::LeaseKind::Deployment, holder}));
    }
    return {};
}

std::vector<PublicationRecord> publications_of(const Deployment& deployment, PublicationState state) {
    std::vector<PublicationRecord> records;
    for (const Medium& medium : media_of(deployment)) {
        if (medium.token.empty()) {
            continue;
        }
        PublicationRecord record;
        record.token = base::PublicationToken(medium.token);
        record.node = deployment.node;
        record.deployment = deployment.id;
        record.slot = medium.slot;
        record.url = medium.url;
        record.state = state;
        record.created_at = deployment.created_at;
        records.push_back(std::move(record));
    }
    return records;
}

bool shows_our_url(const std::string& shown, const std::string& ours) {
    return !ours.empty() && comparable(shown) == comparable(ours);
}

HistoryEntry history_entry(const Services& services, const Node& node, std::string severity, std::string type,
                           std::string event) {
    constexpr std::size_t kLongest = 255;
    if (event.size() > kLongest) {
        event.resize(kLongest);
    }
    return {services.random.uuid(), node.id,         services.clock.wall(),          std::move(severity),
            std::move(event),       std::move(type), services.options.conductor_name};
}

}  // namespace isolde::conductor
