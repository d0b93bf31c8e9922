// SPDX-License-Identifier: GPL-3.0-or-later
//
// What a probe found, for people and for programs: the output of `isolde bmc probe URL`. Pure.
#pragma once

#include "base/json.h"
#include "bmc/bmc.h"

#include <string>

namespace isolde::bmc {

/// Lines of text, the slots as a table; the slot that a boot image would go into is marked, or the reason is told why
/// there is none. What the BMC sent is made printable.
std::string render_probe(const Capabilities& capabilities);

/// {identity, vendor, model, firmware, system, power, boot_devices: [text], slots: [{id, name, types: ["cd", "usb"],
/// insertable, bootable, inserted, image}], boot_slot: id or null, boot_slot_problem: text or null}
base::Json probe_to_json(const Capabilities& capabilities);

}  // namespace isolde::bmc
