// SPDX-License-Identifier: GPL-3.0-or-later
//
// What kind of BMC is emulated, as data. The code of the emulator knows the Redfish protocol (DSP0266, the schemas of
// DSP8010); everything in which one vendor differs from another is a field here. A new vendor is a new table row.
#pragma once

#include "base/clock.h"

#include <string>
#include <string_view>
#include <vector>

namespace isolde::emulator {

/// One virtual-media slot, present in every system.
struct SlotProfile {
    std::string id;
    std::string name;
    std::vector<std::string> media_types;  ///< of VirtualMedia.MediaType
    std::string boot_target;               ///< the BootSource that boots from it: "Cd", "Usb"
};

/// How long things take. A factor of --time-scale divides all of them.
struct Timing {
    base::Duration power_on{};      ///< PoweringOn
    base::Duration power_off{};     ///< PoweringOff
    base::Duration shutdown{};      ///< a guest that was asked to shut down needs this long
    base::Duration post{};          ///< from On to the boot attempt; BootProgress walks through its states meanwhile
    base::Duration system_start{};  ///< from OSBootStarted to OSRunning
    base::Duration insert_lag{};    ///< InsertMedia was answered, Inserted is still false
    base::Duration eject_lag{};     ///< EjectMedia was answered, the image still shows
    base::Duration session_timeout{};
};

enum class RedundantReset { Accept, Conflict };  ///< "On" to a system that is on
enum class PatchAnswer { Resource, NoContent };
enum class MediaAnswer { NoContent, Task };  ///< 204 when done, or 202 and a task that ends after insert_lag/eject_lag

struct Profile {
    std::string name;
    std::string vendor;
    std::string product;
    std::string model;
    std::string firmware_version;
    std::string redfish_version;
    bool media_in_systems = true;
    bool media_in_managers = true;
    std::vector<SlotProfile> slots;
    std::vector<std::string> transfer_protocols;  ///< schemes that InsertMedia takes, as TransferProtocolType
    std::vector<std::string> boot_targets;        ///< BootSourceOverrideTarget@Redfish.AllowableValues
    std::vector<std::string> reset_types;
    std::vector<std::string> boot_order;  ///< without an override: "Hdd", "Cd", "Usb"
    RedundantReset redundant_reset = RedundantReset::Accept;
    PatchAnswer patch_answer = PatchAnswer::Resource;
    MediaAnswer media_answer = MediaAnswer::NoContent;
    bool if_match_required = false;  ///< PATCH without If-Match: 428
    std::size_t session_limit = 16;
    Timing timing;
};

/// The profile of that name, or nothing.
const Profile* find_profile(std::string_view name);
std::vector<std::string> profile_names();

/// Every duration divided by `factor` (> 0), except the session timeout.
Timing faster(const Timing& timing, double factor);

}  // namespace isolde::emulator
