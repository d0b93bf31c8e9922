// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the conductor wants from any BMC. One implementation speaks Redfish (redfish_bmc.h); the fake in bmc/testing
// obeys the same contract test. Nothing here knows what an image is made of.
#pragma once

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/secret.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace isolde::bmc {

enum class Power { On, Off, Unknown };
/// ForceRestart and PushPowerButton are never sent by these: a restart is Off, then On, each read back.
enum class PowerAction { On, ForceOff, SoftOff };
enum class MediaType { Cd, Usb };
enum class BootDevice { None, Cd, Usb, Disk, Pxe, BiosSetup };
enum class BootPersistence { Once, Persistent };
enum class BootMode { Unchanged, Uefi, Bios };

std::string_view to_string(Power power);        // "power on", "power off", "unknown"
std::string_view to_string(BootDevice device);  // Ironic's words: "cdrom", "disk", "pxe", "bios", "usb", "none"
base::Result<BootDevice> parse_boot_device(std::string_view text);

struct MediaSlot {
    base::SlotId id;  ///< stable for this BMC
    std::string name;
    std::vector<MediaType> types;
    bool insertable = false;  ///< has a way to insert by URL
    bool inserted = false;
    std::string image;     ///< URL that the BMC shows; empty when none
    bool bootable = true;  ///< false: known not to boot on this BMC (a second slot of an iDRAC10)
};

struct Capabilities {
    std::string identity;  ///< service root UUID, else the address: lane, session and lock-out belong to it
    std::string vendor;
    std::string model;
    std::string firmware;
    std::string system;  ///< resource path of the system
    Power power = Power::Unknown;
    std::vector<MediaSlot> slots;
    std::vector<BootDevice> boot_devices;
};

struct BootOverride {
    BootDevice device = BootDevice::None;
    BootPersistence persistence = BootPersistence::Once;
    bool active = false;  ///< false: Disabled
};

/// What the BMC tells of the host, in one answer.
struct HostSigns {
    Power power = Power::Unknown;
    std::string boot_progress;  ///< BootProgress.LastState; empty when the BMC has none
    /// LastResetTime as the BMC's clock shows it, its zone left out: only differences mean something.
    std::optional<base::WallTime> last_reset;
};

/// How to reach a BMC and which of its systems is meant.
struct Target {
    std::string address;    ///< "https://192.0.2.10", "http://127.0.0.1:8000"
    std::string system_id;  ///< "/redfish/v1/Systems/1"; empty: the only one
    std::string user;
    base::Secret password;
    std::string auth_type = "auto";  ///< "auto", "basic", "session"
    bool verify_tls = true;
    std::string ca_file;
};

/// Every call returns by its deadline. Errors of all: Unavailable (cannot be reached; says address and why), Timeout,
/// Unauthorized (says user and address, never the password), Corrupt (an answer that is no Redfish), Unsupported,
/// Conflict. Messages carry what the BMC said. After every write the effect is read back; a write that the BMC accepted
/// but did not do is an error. Thread-safe; at most one request per BMC identity is in flight.
class Bmc {
  public:
    virtual ~Bmc() = default;

    virtual base::Result<Capabilities> probe(base::Deadline deadline) = 0;
    virtual base::Result<Power> power(base::Deadline deadline) = 0;
    /// Returns when the power state is reached (SoftOff: or Timeout). Already there: success, nothing is sent.
    virtual base::Result<void> set_power(PowerAction action, base::Deadline deadline) = 0;

    virtual base::Result<std::vector<MediaSlot>> slots(base::Deadline deadline) = 0;
    virtual base::Result<MediaSlot> slot(const base::SlotId& id, base::Deadline deadline) = 0;
    /// What choose_boot_slot gives for the slots as they are now; asks the BMC for no more than that takes.
    virtual base::Result<MediaSlot> boot_slot(base::Deadline deadline);
    /// Returns when the slot shows `url` inserted. Conflict when the slot holds another medium: never ejects by itself.
    virtual base::Result<void> insert(const base::SlotId& id, const std::string& url, base::Deadline deadline) = 0;
    /// Returns when the slot reads back empty. Empty already: success.
    virtual base::Result<void> eject(const base::SlotId& id, base::Deadline deadline) = 0;

    virtual base::Result<BootOverride> boot_override(base::Deadline deadline) = 0;
    virtual base::Result<void> set_boot_override(BootDevice device, BootPersistence persistence, BootMode mode,
                                                 base::Deadline deadline) = 0;
    virtual base::Result<void> clear_boot_override(base::Deadline deadline) = 0;
    virtual base::Result<std::vector<BootDevice>> boot_devices(base::Deadline deadline) = 0;
    virtual base::Result<HostSigns> host_signs(base::Deadline deadline) = 0;
};

/// Makes or returns the Bmc for a target: one per (address, system, credentials), sharing lane and session by address.
/// Thread-safe.
class BmcPool {
  public:
    virtual ~BmcPool() = default;
    virtual std::shared_ptr<Bmc> get(const Target& target) = 0;
};

/// The slot to use for a boot CD: insertable and bootable, CD before unknown before USB, empty before occupied, then in
/// the order given (Bmc::slots lists the System's before the Managers', CD before DVD). Pure. Errors: Unsupported
/// naming what slots there are.
base::Result<MediaSlot> choose_boot_slot(const std::vector<MediaSlot>& slots);
/// The slot for a medium that is read beside the boot image in `boot`: insertable, in the same collection as `boot` (in
/// another one it may be the same device once more), empty before occupied, USB before CD, so that the firmware does
/// not look at it for a boot CD. `usb_only`: for what only a USB stick can hold. Pure. Errors: Unsupported naming what
/// slots there are.
base::Result<MediaSlot> choose_second_slot(const std::vector<MediaSlot>& slots, const MediaSlot& boot,
                                           bool usb_only = false);
/// Those that choose_boot_slot could take if they were empty, first choice first: slots of the best type only.
std::vector<MediaSlot> boot_candidates(const std::vector<MediaSlot>& slots);

}  // namespace isolde::bmc
