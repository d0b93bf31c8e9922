// SPDX-License-Identifier: GPL-3.0-or-later
//
// A BMC in memory that obeys the contract of bmc/bmc.h, for tests of what is above: its host boots what is set to boot,
// every call is logged, and any call can be made to fail, to be slow, or to be accepted without effect.
#pragma once

#include "base/clock.h"
#include "base/mutex.h"
#include "base/waiter.h"
#include "bmc/bmc.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace isolde::bmc::testing {

enum class Operation {
    Probe,
    Power,
    SetPower,
    Slots,
    Slot,
    Insert,
    Eject,
    BootOverride,
    SetBootOverride,
    ClearBootOverride,
    BootDevices,
    HostSigns,
};

/// The kinds of trouble that a test can ask for, beside an error of its own making.
enum class Fault {
    Unreachable,    ///< Unavailable: nothing answers
    WrongPassword,  ///< Unauthorized
    NoCdSlot,       ///< only a USB slot, which cannot insert by URL
    InsertFails,    ///< insert: Unavailable, "500 Internal Server Error"
    InsertIgnored,  ///< insert is accepted, the slot stays empty: Timeout
    EjectIgnored,   ///< eject is accepted, the medium stays: Timeout
    PowerStuck,     ///< set_power is accepted, the state stays: Timeout
};

/// One start of the host: from what, and the URL when it was a virtual medium.
struct Boot {
    BootDevice device = BootDevice::Disk;
    std::string url;
};

/// Thread-safe. Starts powered off with the empty slots kCdSlot and kUsbSlot.
class FakeBmc final : public Bmc {
  public:
    static constexpr const char* kSystem = "/redfish/v1/Systems/1";
    static constexpr const char* kCdSlot = "/redfish/v1/Systems/1/VirtualMedia/Cd";
    static constexpr const char* kUsbSlot = "/redfish/v1/Systems/1/VirtualMedia/Usb";

    /// `clock` and `waiter` must outlive it; delays go through `waiter`.
    FakeBmc(std::string address, const base::Clock& clock, base::Waiter& waiter);

    // What goes wrong.
    void set_fault(Fault fault);
    void clear_faults();
    /// The next `times` calls of `operation` return `error` and do nothing.
    void fail(Operation operation, base::Error error, int times = 1);
    /// Every call takes this long; a call whose deadline is sooner returns Timeout at its deadline.
    void set_delay(base::Duration delay);
    /// Called with each log line, on the caller's thread, before the call has any effect and without a lock held.
    void on_request(std::function<void(const std::string& line)> observer);
    /// Called when the host starts, after the state has changed and without a lock held.
    void on_boot(std::function<void(const Boot& boot)> observer);

    // The world behind the BMC.
    void set_power_state(Power power);
    void set_slots(std::vector<MediaSlot> slots);
    /// As if somebody else had inserted `url`.
    void insert_behind_back(const std::string& slot, const std::string& url);
    /// What host_signs shows beside the power.
    void set_boot_progress(std::string last_state);
    void set_last_reset(std::optional<base::WallTime> time);
    /// The host restarts by itself: one more Boot.
    void restart_host();

    // What was seen. A line is "probe", "power", "set_power on|off|soft off", "slots", "slot ID", "insert ID URL",
    // "eject ID", "boot_override", "set_boot_override cdrom once|persistent", "clear_boot_override", "boot_devices",
    // "host_signs".
    std::vector<std::string> requests() const;
    /// How many lines begin with `prefix`.
    std::size_t count(const std::string& prefix) const;
    void forget_requests();
    std::vector<Boot> boots() const;
    Power power_state() const;
    std::string image_in(const std::string& slot) const;
    BootOverride override_now() const;

    base::Result<Capabilities> probe(base::Deadline deadline) override;
    base::Result<Power> power(base::Deadline deadline) override;
    base::Result<void> set_power(PowerAction action, base::Deadline deadline) override;
    base::Result<std::vector<MediaSlot>> slots(base::Deadline deadline) override;
    base::Result<MediaSlot> slot(const base::SlotId& id, base::Deadline deadline) override;
    base::Result<void> insert(const base::SlotId& id, const std::string& url, base::Deadline deadline) override;
    base::Result<void> eject(const base::SlotId& id, base::Deadline deadline) override;
    base::Result<BootOverride> boot_override(base::Deadline deadline) override;
    base::Result<void> set_boot_override(BootDevice device, BootPersistence persistence, BootMode mode,
                                         base::Deadline deadline) override;
    base::Result<void> clear_boot_override(base::Deadline deadline) override;
    base::Result<std::vector<BootDevice>> boot_devices(base::Deadline deadline) override;
    base::Result<bmc::HostSigns> host_signs(base::Deadline deadline) override;

  private:
    struct PlannedFailure {
        Operation operation;
        base::Error error;
        int times;
    };

    /// Logs, waits, and gives the failure that is due.
    base::Result<void> begin(Operation operation, const std::string& line, base::Deadline deadline);
    std::optional<base::Error> failure_of(Operation operation) ISOLDE_REQUIRES(mutex_);
    bool has(Fault fault) const ISOLDE_REQUIRES(mutex_);
    MediaSlot* find(const std::string& id) ISOLDE_REQUIRES(mutex_);
    base::Error no_slot(const std::string& id) const;
    /// What a start now boots; uses up a one-time override.
    Boot next_boot() ISOLDE_REQUIRES(mutex_);
    void start_host();

    const std::string address_;
    const base::Clock& clock_;
    base::Waiter& waiter_;
    mutable base::Mutex mutex_;
    base::Duration delay_ ISOLDE_GUARDED_BY(mutex_){};
    std::vector<Fault> faults_ ISOLDE_GUARDED_BY(mutex_);
    std::vector<PlannedFailure> failures_ ISOLDE_GUARDED_BY(mutex_);
    std::function<void(const std::string&)> request_observer_ ISOLDE_GUARDED_BY(mutex_);
    std::function<void(const Boot&)> boot_observer_ ISOLDE_GUARDED_BY(mutex_);
    std::vector<std::string> requests_ ISOLDE_GUARDED_BY(mutex_);
    std::vector<Boot> boots_ ISOLDE_GUARDED_BY(mutex_);
    Power power_ ISOLDE_GUARDED_BY(mutex_) = Power::Off;
    std::vector<MediaSlot> slots_ ISOLDE_GUARDED_BY(mutex_);
    BootOverride override_ ISOLDE_GUARDED_BY(mutex_);
    std::string progress_ ISOLDE_GUARDED_BY(mutex_) = "None";
    std::optional<base::WallTime> last_reset_ ISOLDE_GUARDED_BY(mutex_);
};

/// Thread-safe. Addresses that were not added answer Unavailable; a wrong password answers Unauthorized.
class FakeBmcPool final : public BmcPool {
  public:
    FakeBmcPool(const base::Clock& clock, base::Waiter& waiter) : clock_(clock), waiter_(waiter) {}

    /// A BMC at `address`, made at the first call. An empty password accepts every one.
    std::shared_ptr<FakeBmc> add(const std::string& address, const std::string& password = "");
    std::shared_ptr<Bmc> get(const Target& target) override;
    /// Every target that was asked for, in order.
    std::vector<Target> targets() const;

  private:
    struct Entry {
        std::shared_ptr<FakeBmc> bmc;
        std::string password;
    };

    std::shared_ptr<FakeBmc> refusing(const std::string& address, Fault fault) const;

    const base::Clock& clock_;
    base::Waiter& waiter_;
    mutable base::Mutex mutex_;
    std::map<std::string, Entry> bmcs_ ISOLDE_GUARDED_BY(mutex_);
    std::vector<Target> targets_ ISOLDE_GUARDED_BY(mutex_);
};

}  // namespace isolde::bmc::testing
