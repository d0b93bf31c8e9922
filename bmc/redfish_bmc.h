// SPDX-License-Identifier: GPL-3.0-or-later
//
// The Bmc that speaks Redfish. It finds system, managers and product once, then asks only for what a call needs.
#pragma once

#include "bmc/bmc.h"
#include "bmc/context.h"
#include "bmc/media_operations.h"
#include "bmc/quirks.h"
#include "redfish/discovery.h"

#include <memory>
#include <optional>

namespace isolde::bmc {

/// Thread-safe.
class RedfishBmc final : public Bmc {
  public:
    /// `system_id` as Target::system_id; an Id, UUID or serial number will do as well.
    RedfishBmc(Context context, std::string system_id);

    base::Result<Capabilities> probe(base::Deadline deadline) override;
    base::Result<Power> power(base::Deadline deadline) override;
    base::Result<void> set_power(PowerAction action, base::Deadline deadline) override;
    base::Result<std::vector<MediaSlot>> slots(base::Deadline deadline) override;
    base::Result<MediaSlot> slot(const base::SlotId& id, base::Deadline deadline) override;
    base::Result<MediaSlot> boot_slot(base::Deadline deadline) override;
    base::Result<void> insert(const base::SlotId& id, const std::string& url, base::Deadline deadline) override;
    base::Result<void> eject(const base::SlotId& id, base::Deadline deadline) override;
    base::Result<BootOverride> boot_override(base::Deadline deadline) override;
    base::Result<void> set_boot_override(BootDevice device, BootPersistence persistence, BootMode mode,
                                         base::Deadline deadline) override;
    base::Result<void> clear_boot_override(base::Deadline deadline) override;
    base::Result<std::vector<BootDevice>> boot_devices(base::Deadline deadline) override;
    base::Result<HostSigns> host_signs(base::Deadline deadline) override;

  private:
    /// What does not change while a BMC runs.
    struct Known {
        redfish::ServiceRoot root;
        redfish::ComputerSystem system;
        std::vector<redfish::Manager> managers;
        std::string vendor;
        Quirks quirks;
    };

    base::Result<std::shared_ptr<const Known>> known(base::Deadline deadline);
    base::Result<std::shared_ptr<const Known>> discover(base::Deadline deadline) const;
    base::Result<std::vector<MediaSlot>> find_slots(const Known& found, base::Deadline deadline);
    /// The first empty one of those seen last, else the first of them; nothing when one is not as it was remembered.
    std::optional<MediaSlot> remembered_boot_slot(base::Deadline deadline);

    const Context context_;
    const std::string system_id_;
    ActionInfos action_infos_;
    base::Mutex mutex_;
    std::shared_ptr<const Known> known_ ISOLDE_GUARDED_BY(mutex_);
    std::vector<MediaSlot> seen_slots_ ISOLDE_GUARDED_BY(mutex_);  ///< where they are; what they hold is read anew
};

}  // namespace isolde::bmc
