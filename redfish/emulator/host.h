// SPDX-License-Identifier: GPL-3.0-or-later
//
// What is plugged into a machine's power button: nothing at all, something that reads its boot medium as a BMC would,
// or a virtual machine. Hosts are told what to do and report what became of it.
#pragma once

#include "base/json.h"
#include "redfish/emulator/machine.h"

#include <cstdint>
#include <memory>
#include <string>

namespace isolde::emulator {

/// Where a host reports to. Thread-safe; may be called from within a command to the host.
class HostEvents {
  public:
    virtual ~HostEvents() = default;
    /// A boot loader runs.
    virtual void host_started(std::uint64_t attempt) = 0;
    virtual void host_found_nothing(std::uint64_t attempt) = 0;
    virtual void host_powered_off(std::uint64_t attempt) = 0;
    virtual void host_restarted(std::uint64_t attempt) = 0;
};

/// Commands come one at a time, from any thread; they return soon. `console` and `reads` may be called at any time.
class Host {
  public:
    virtual ~Host() = default;
    /// `plan.sources` are tried in order. Where `reads_media` is false, the host behaves as if the media were not
    /// there.
    virtual void boot(const BootPlan& plan, bool reads_media) = 0;
    /// The power is gone. Returns when the host has stopped, or cannot do anything any more.
    virtual void cut() = 0;
    virtual void press_button() = 0;
    /// The medium in a slot was replaced by that of `url`, or taken out when `url` is empty.
    virtual void medium_changed(const std::string& slot, const std::string& url) = 0;

    /// What was written to the serial console since the emulator started, at most the last MiB.
    virtual std::string console() const = 0;
    /// {"reads": [{number, time, url, offset, length, status}…], "last"}: those with number > since.
    virtual base::Json reads(std::uint64_t since) const = 0;
};

/// A host that boots whatever there is and reads nothing.
class NoHost final : public Host {
  public:
    explicit NoHost(HostEvents& events) : events_(events) {}
    void boot(const BootPlan& plan, bool) override { events_.host_started(plan.attempt); }
    void cut() override {}
    void press_button() override {}
    void medium_changed(const std::string&, const std::string&) override {}
    std::string console() const override { return ""; }
    base::Json reads(std::uint64_t) const override { return {{"reads", base::Json::array()}, {"last", 0}}; }

  private:
    HostEvents& events_;
};

}  // namespace isolde::emulator
