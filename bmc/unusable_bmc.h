// SPDX-License-Identifier: GPL-3.0-or-later
//
// The Bmc of a target that cannot be spoken to at all: every call says why.
#pragma once

#include "bmc/bmc.h"

namespace isolde::bmc {

/// Thread-safe.
class UnusableBmc final : public Bmc {
  public:
    explicit UnusableBmc(base::Error why) : why_(std::move(why)) {}

    base::Result<Capabilities> probe(base::Deadline) override { return why_; }
    base::Result<Power> power(base::Deadline) override { return why_; }
    base::Result<void> set_power(PowerAction, base::Deadline) override { return why_; }
    base::Result<std::vector<MediaSlot>> slots(base::Deadline) override { return why_; }
    base::Result<MediaSlot> slot(const base::SlotId&, base::Deadline) override { return why_; }
    base::Result<void> insert(const base::SlotId&, const std::string&, base::Deadline) override { return why_; }
    base::Result<void> eject(const base::SlotId&, base::Deadline) override { return why_; }
    base::Result<BootOverride> boot_override(base::Deadline) override { return why_; }
    base::Result<void> set_boot_override(BootDevice, BootPersistence, BootMode, base::Deadline) override {
        return why_;
    }
    base::Result<void> clear_boot_override(base::Deadline) override { return why_; }
    base::Result<std::vector<BootDevice>> boot_devices(base::Deadline) override { return why_; }
    base::Result<HostSigns> host_signs(base::Deadline) override { return why_; }

  private:
    const base::Error why_;
};

}  // namespace isolde::bmc
