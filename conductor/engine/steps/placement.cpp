// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/engine/steps/placement.h"

#include "conductor/engine/steps/config_drive.h"

#include <algorithm>

namespace isolde::conductor {
namespace {

struct Wanted {
    std::string role;
    bool usb_only = false;
    bool may_merge = false;
};

std::vector<Wanted> wanted_media(const DeploymentFields& fields) {
    std::vector<Wanted> wanted;
    const auto& drive = fields.config_drive;
    if (drive && drive->delivery != ConfigDriveDelivery::Merge) {
        wanted.push_back(
            {kConfigRole, drive->format == ConfigDriveFormat::Vfat, drive->delivery == ConfigDriveDelivery::Auto});
    }
    for (const MediumField& medium : fields.media) {
        wanted.push_back({medium.role});
    }
    return wanted;
}

/// Some BMCs look at the end of the name.
std::string file_name_of(const std::string& role, const bmc::MediaSlot& slot) {
    const bool usb = std::find(slot.types.begin(), slot.types.end(), bmc::MediaType::Usb) != slot.types.end();
    return role + (usb ? ".img" : ".iso");
}

void note(Placement& placement, const std::string& text) {
    placement.note += (placement.note.empty() ? "" : ", ") + text;
}

}  // namespace

bool wants_second_media(const DeploymentFields& fields) {
    return !wanted_media(fields).empty();
}

bool merges_config_drive(const Deployment& deployment, const DeploymentFields& fields) {
    const auto& media = deployment.second_media;
    return fields.config_drive &&
           std::none_of(media.begin(), media.end(), [](const Medium& medium) { return medium.role == kConfigRole; });
}

base::Result<Placement> place_media(const DeploymentFields& fields, std::vector<bmc::MediaSlot> slots) {
    const auto boot = TRY(bmc::choose_boot_slot(slots));
    Placement placement;
    placement.boot_slot = boot.id.str();
    for (const Wanted& wanted : wanted_media(fields)) {
        auto chosen = bmc::choose_second_slot(slots, boot, wanted.usb_only);
        if (!chosen.ok() && wanted.may_merge) {
            note(placement, "the config drive is merged into the boot image, for the BMC has no slot for it");
            continue;
        }
        const auto slot = TRY(std::move(chosen).with_context("the " + wanted.role + " medium needs a slot of its own"));
        placement.second_media.push_back({wanted.role, file_name_of(wanted.role, slot), slot.id.str(), "", "", {}});
        note(placement, "the " + wanted.role + " medium goes into slot " + slot.name);
        std::erase_if(slots, [&](const auto& other) { return other.id == slot.id; });
    }
    return placement;
}

}  // namespace isolde::conductor
