// SPDX-License-Identifier: GPL-3.0-or-later
//
// The boot override of a system, written where the BMC takes it (the system, or its settings resource) and read back
// there.
#pragma once

#include "bmc/boot_rules.h"
#include "bmc/context.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace isolde::bmc {

class BootOperations {
  public:
    BootOperations(Context context, const Quirks& quirks) : context_(std::move(context)), quirks_(quirks) {}

    /// The override as the system shows it, or as it is pending in the settings resource. Targets are taken from where
    /// they are listed.
    base::Result<redfish::Boot> read(const std::string& system, base::Deadline deadline) const;
    base::Result<void> set(const std::string& system, BootDevice device, BootPersistence persistence, BootMode mode,
                           base::Deadline deadline) const;
    base::Result<void> clear(const std::string& system, base::Deadline deadline) const;

  private:
    using Proof = std::function<bool(const redfish::Boot&)>;
    struct Wanted {
        std::vector<base::Json> bodies;
        Proof shown;
    };
    struct Places {
        redfish::Resource first;         ///< of paths.front(), as it was just read
        std::vector<std::string> paths;  ///< in the order to try them
        redfish::Boot boot;
    };

    base::Result<Places> find_places(const std::string& system, base::Deadline deadline) const;
    base::Result<void> write(Places places, const Wanted& wanted, base::Deadline deadline) const;
    /// True when the write shows; false to go on with the next rung, `last` saying why. `place`: the resource, when it
    /// was read already.
    base::Result<bool> try_body(const std::string& path, std::optional<redfish::Resource> place, const base::Json& body,
                                const Proof& shown, base::Error& last, base::Deadline deadline) const;
    base::Result<bool> comes_to_show(const std::string& path, const Proof& shown, base::Error& last,
                                     base::Deadline deadline) const;
    base::Result<redfish::Answer> patch_past_post(const redfish::Resource& place, const base::Json& body,
                                                  base::Deadline deadline) const;

    Context context_;
    const Quirks& quirks_;
};

}  // namespace isolde::bmc
