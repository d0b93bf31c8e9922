// SPDX-License-Identifier: GPL-3.0-or-later
//
// Power of a system by ComputerSystem.Reset, proven by reading PowerState back.
#pragma once

#include "bmc/context.h"
#include "bmc/power_rules.h"
#include "bmc/quirks.h"

#include <string>

namespace isolde::bmc {

class PowerOperations {
  public:
    PowerOperations(Context context, const Quirks& quirks) : context_(std::move(context)), quirks_(quirks) {}

    base::Result<redfish::ComputerSystem> read(const std::string& system, base::Deadline deadline) const;
    /// Errors as Bmc::set_power.
    base::Result<void> set(const std::string& system, PowerAction action, base::Deadline deadline) const;

  private:
    enum class Outcome { Accepted, Reached, TryAgain, TryNext };

    base::Result<std::vector<std::string>> allowed_types(const redfish::Action& reset, base::Deadline deadline) const;
    /// Asks by every type until one is accepted.
    base::Result<Outcome> ask(const redfish::ComputerSystem& system, PowerAction action, base::Deadline deadline) const;
    base::Result<Outcome> ask_by(const redfish::ComputerSystem& system, PowerAction action, const std::string& type,
                                 base::Error& last, base::Deadline deadline) const;
    base::Result<bool> await(const std::string& system, Power wanted, base::Deadline deadline) const;

    Context context_;
    const Quirks& quirks_;
};

}  // namespace isolde::bmc
