// SPDX-License-Identifier: GPL-3.0-or-later
//
// One emulated server as a pure state machine: power, POST, boot override and virtual-media slots. Time is an argument;
// what takes time lies on an agenda and happens in `advance`. What a host has to do (boot from these sources, lose its
// power, notice a changed medium) comes out as commands, which the caller carries out.
#pragma once

#include "base/clock.h"
#include "redfish/emulator/profile.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isolde::emulator {

enum class Power { Off, PoweringOn, On, PoweringOff };
enum class BootMode { Legacy, Uefi };
enum class OverrideEnabled { Disabled, Once, Continuous };

std::string_view to_string(Power power);    // of Resource.PowerState
std::string_view to_string(BootMode mode);  // "Legacy", "UEFI"
std::string_view to_string(OverrideEnabled enabled);

struct BootOverride {
    OverrideEnabled enabled = OverrideEnabled::Disabled;
    std::string target = "None";
    BootMode mode = BootMode::Uefi;
    std::string http_boot_uri;
};

struct Slot {
    SlotProfile profile;
    std::string image;  ///< URL; empty: no medium
    bool inserted = false;
    bool write_protected = true;
    bool busy = false;  ///< between the answer to an action and its effect
    bool verify_certificate = false;
    std::string user_name;
};

/// Something a host may boot from. `kind` is the BootSource ("Cd", "Usb", "Hdd", "UefiHttp"), `url` empty for Hdd.
struct BootSource {
    std::string kind;
    std::string slot;
    std::string url;
    bool operator==(const BootSource&) const = default;
};

/// A boot attempt: the sources in the order in which the firmware tries them.
struct BootPlan {
    std::uint64_t attempt = 0;
    BootMode mode = BootMode::Uefi;
    std::vector<BootSource> sources;
};

struct HostCommand {
    enum class Kind { Boot, Cut, PressButton, MediumChanged };
    Kind kind = Kind::Cut;
    BootPlan plan;     ///< of Boot
    std::string slot;  ///< of MediumChanged
    std::string url;   ///< of MediumChanged: empty after an eject
};

enum class ResetOutcome { Done, Redundant, NotAllowed };

struct MachineSettings {
    std::vector<SlotProfile> slots;
    std::vector<std::string> boot_order;
    Timing timing;
    BootMode mode = BootMode::Uefi;
    /// The host shuts down when it is asked to. False: it is asked by PressButton and decides by itself.
    bool guest_obeys = true;
};

/// Not thread-safe.
class Machine {
  public:
    explicit Machine(MachineSettings settings);

    Power power() const { return power_; }
    const BootOverride& boot_override() const { return override_; }
    const std::string& boot_progress() const { return progress_; }
    base::SteadyTime boot_progress_since() const { return progress_since_; }
    /// When the last POST began; nothing before the first.
    std::optional<base::SteadyTime> last_reset() const { return last_reset_; }
    std::uint64_t boot_attempts() const { return attempt_; }
    const std::vector<Slot>& slots() const { return slots_; }
    Slot* find_slot(std::string_view id);

    // What the BMC is asked for.
    ResetOutcome reset(std::string_view type, base::SteadyTime now);
    void set_override(BootOverride wanted);
    /// Precondition of insert: the slot is empty. An eject undoes an insert that is under way.
    void insert(Slot& slot, const std::string& url, base::SteadyTime now);
    void eject(Slot& slot, base::SteadyTime now);

    // What the host does. An attempt other than the present one is an echo of an earlier boot and is ignored.
    void host_started(std::uint64_t attempt, base::SteadyTime now);
    void host_found_nothing(std::uint64_t attempt, base::SteadyTime now);
    void host_powered_off(std::uint64_t attempt, base::SteadyTime now);
    void host_restarted(std::uint64_t attempt, base::SteadyTime now);

    /// Lets happen what is due at `now`.
    void advance(base::SteadyTime now);
    std::optional<base::SteadyTime> next_due() const;
    /// What hosts have to do, in order; empties the list.
    std::vector<HostCommand> take_commands();

  private:
    enum class Lane { Power, Media };
    enum class Event {
        PoweredOn,
        PoweredOff,
        PowerOnAgain,
        GuestObeyed,
        Progress,
        Boot,
        SystemRuns,
        Inserted,
        Ejected
    };
    struct Entry {
        base::SteadyTime due;
        Lane lane;
        Event event;
        std::size_t index;  ///< of a slot or a progress state
    };

    void schedule(base::SteadyTime due, Lane lane, Event event, std::size_t index = 0);
    void cancel(Lane lane);
    void happen(const Entry& entry);
    void progress(std::string state, base::SteadyTime now);
    void power_on(base::SteadyTime now);
    void power_off(base::SteadyTime now);
    void ask_guest(bool restart, base::SteadyTime now);
    void start_post(base::SteadyTime now);
    void boot(base::SteadyTime now);
    BootPlan plan_boot() const;
    void add_source(BootPlan& plan, const std::string& kind) const;
    void change_slot(Slot& slot, Event event, base::SteadyTime due);
    void settle_slot(Slot& slot, bool inserted);
    void cut();

    MachineSettings settings_;
    std::vector<Slot> slots_;
    Power power_ = Power::Off;
    BootOverride override_;
    std::string progress_ = "None";
    base::SteadyTime progress_since_{};
    std::optional<base::SteadyTime> last_reset_;
    std::uint64_t attempt_ = 0;
    bool host_runs_ = false;
    bool restart_when_off_ = false;
    std::vector<Entry> agenda_;
    std::vector<HostCommand> commands_;
};

}  // namespace isolde::emulator
