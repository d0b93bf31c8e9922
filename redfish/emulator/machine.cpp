// SPDX-License-Identifier: GPL-3.0-or-later
#include "redfish/emulator/machine.h"

#include <algorithm>
#include <array>
#include <utility>

namespace isolde::emulator {
namespace {

/// BootProgress.LastState through a POST, in order (ComputerSystem schema, BootProgressTypes).
constexpr std::array<std::string_view, 6> kPostStates = {
    "PrimaryProcessorInitializationStarted",   "BusInitializationStarted", "MemoryInitializationStarted",
    "SecondaryProcessorInitializationStarted", "PCIResourceConfigStarted", "SystemHardwareInitializationComplete"};

bool one_of(std::string_view value, std::initializer_list<std::string_view> list) {
    return std::find(list.begin(), list.end(), value) != list.end();
}

}  // namespace

std::string_view to_string(Power power) {
    switch (power) {
        case Power::Off: return "Off";
        case Power::PoweringOn: return "PoweringOn";
        case Power::On: return "On";
        case Power::PoweringOff: return "PoweringOff";
    }
    return "Off";
}

std::string_view to_string(BootMode mode) {
    return mode == BootMode::Uefi ? "UEFI" : "Legacy";
}

std::string_view to_string(OverrideEnabled enabled) {
    switch (enabled) {
        case OverrideEnabled::Disabled: return "Disabled";
        case OverrideEnabled::Once: return "Once";
        case OverrideEnabled::Continuous: return "Continuous";
    }
    return "Disabled";
}

Machine::Machine(MachineSettings settings) : settings_(std::move(settings)) {
    for (const SlotProfile& profile : settings_.slots) {
        Slot slot;
        slot.profile = profile;
        slots_.push_back(std::move(slot));
    }
    override_.mode = settings_.mode;
}

Slot* Machine::find_slot(std::string_view id) {
    const auto found =
        std::find_if(slots_.begin(), slots_.end(), [&](const Slot& slot) { return slot.profile.id == id; });
    return found == slots_.end() ? nullptr : &*found;
}

ResetOutcome Machine::reset(std::string_view type, base::SteadyTime now) {
    const bool running = power_ == Power::On || power_ == Power::PoweringOn;
    const bool starts = one_of(type, {"On", "ForceOn"}) || (type == "PushPowerButton" && !running);
    if (starts) {
        if (running) {
            return ResetOutcome::Redundant;
        }
        power_on(now);
        return ResetOutcome::Done;
    }
    if (!running) {
        return one_of(type, {"ForceOff", "GracefulShutdown"}) ? ResetOutcome::Redundant : ResetOutcome::NotAllowed;
    }
    if (type == "ForceOff") {
        restart_when_off_ = false;
        power_off(now);
    } else if (type == "PowerCycle") {
        restart_when_off_ = true;
        power_off(now);
    } else if (type == "ForceRestart") {
        cut();
        start_post(now);
    } else if (one_of(type, {"GracefulShutdown", "PushPowerButton"})) {
        ask_guest(false, now);
    } else if (type == "GracefulRestart") {
        ask_guest(true, now);
    }
    return ResetOutcome::Done;
}

void Machine::set_override(BootOverride wanted) {
    if (wanted.target == "None" || wanted.enabled == OverrideEnabled::Disabled) {
        wanted.enabled = OverrideEnabled::Disabled;
        wanted.target = "None";
    }
    override_ = std::move(wanted);
}

void Machine::insert(Slot& slot, const std::string& url, base::SteadyTime now) {
    slot.image = url;
    change_slot(slot, Event::Inserted, now + settings_.timing.insert_lag);
    advance(now);
}

void Machine::eject(Slot& slot, base::SteadyTime now) {
    change_slot(slot, Event::Ejected, now + settings_.timing.eject_lag);
    advance(now);
}

void Machine::change_slot(Slot& slot, Event event, base::SteadyTime due) {
    const auto index = static_cast<std::size_t>(&slot - slots_.data());
    std::erase_if(agenda_, [index](const Entry& entry) { return entry.lane == Lane::Media && entry.index == index; });
    slot.busy = true;
    schedule(due, Lane::Media, event, index);
}

void Machine::settle_slot(Slot& slot, bool inserted) {
    slot.busy = false;
    slot.inserted = inserted;
    if (!inserted) {
        slot.image.clear();
        slot.user_name.clear();
        slot.write_protected = true;
    }
    HostCommand command;
    command.kind = HostCommand::Kind::MediumChanged;
    command.slot = slot.profile.id;
    command.url = slot.image;
    commands_.push_back(std::move(command));
}

void Machine::host_started(std::uint64_t attempt, base::SteadyTime now) {
    if (attempt != attempt_ || !host_runs_) {
        return;
    }
    progress("OSBootStarted", now);
    schedule(now + settings_.timing.system_start, Lane::Power, Event::SystemRuns);
}

void Machine::host_found_nothing(std::uint64_t attempt, base::SteadyTime now) {
    if (attempt == attempt_ && host_runs_) {
        cancel(Lane::Power);
        progress("SystemHardwareInitializationComplete", now);
    }
}

void Machine::host_powered_off(std::uint64_t attempt, base::SteadyTime now) {
    if (attempt != attempt_ || power_ != Power::On) {
        return;
    }
    power_off(now);
}

void Machine::host_restarted(std::uint64_t attempt, base::SteadyTime now) {
    if (attempt != attempt_ || power_ != Power::On) {
        return;
    }
    cut();
    start_post(now);
}

void Machine::advance(base::SteadyTime now) {
    while (true) {
        const auto first = std::min_element(agenda_.begin(), agenda_.end(),
                                            [](const Entry& a, const Entry& b) { return a.due < b.due; });
        if (first == agenda_.end() || first->due > now) {
            return;
        }
        const Entry entry = *first;
        agenda_.erase(first);
        happen(entry);
    }
}

void Machine::happen(const Entry& entry) {
    switch (entry.event) {
        case Event::PoweredOn:
            power_ = Power::On;
            start_post(entry.due);
            break;
        case Event::PoweredOff:
            power_ = Power::Off;
            progress("None", entry.due);
            if (std::exchange(restart_when_off_, false)) {
                schedule(entry.due + settings_.timing.power_off, Lane::Power, Event::PowerOnAgain);
            }
            break;
        case Event::PowerOnAgain: power_on(entry.due); break;
        case Event::GuestObeyed:
            if (restart_when_off_) {
                restart_when_off_ = false;
                cut();
                start_post(entry.due);
            } else {
                power_off(entry.due);
            }
            break;
        case Event::Progress: progress(std::string(kPostStates[entry.index]), entry.due); break;
        case Event::Boot: boot(entry.due); break;
        case Event::SystemRuns: progress("OSRunning", entry.due); break;
        case Event::Inserted: settle_slot(slots_[entry.index], true); break;
        case Event::Ejected: settle_slot(slots_[entry.index], false); break;
    }
}

std::optional<base::SteadyTime> Machine::next_due() const {
    std::optional<base::SteadyTime> next;
    for (const Entry& entry : agenda_) {
        next = next ? std::min(*next, entry.due) : entry.due;
    }
    return next;
}

std::vector<HostCommand> Machine::take_commands() {
    return std::exchange(commands_, {});
}

void Machine::schedule(base::SteadyTime due, Lane lane, Event event, std::size_t index) {
    agenda_.push_back({due, lane, event, index});
}

void Machine::cancel(Lane lane) {
    std::erase_if(agenda_, [lane](const Entry& entry) { return entry.lane == lane; });
}

void Machine::progress(std::string state, base::SteadyTime now) {
    progress_ = std::move(state);
    progress_since_ = now;
}

void Machine::power_on(base::SteadyTime now) {
    cancel(Lane::Power);
    restart_when_off_ = false;
    power_ = Power::PoweringOn;
    schedule(now + settings_.timing.power_on, Lane::Power, Event::PoweredOn);
}

void Machine::power_off(base::SteadyTime now) {
    cut();
    power_ = Power::PoweringOff;
    schedule(now + settings_.timing.power_off, Lane::Power, Event::PoweredOff);
}

void Machine::ask_guest(bool restart, base::SteadyTime now) {
    restart_when_off_ = restart;
    HostCommand press;
    press.kind = HostCommand::Kind::PressButton;
    commands_.push_back(std::move(press));
    if (settings_.guest_obeys) {
        cancel(Lane::Power);
        schedule(now + settings_.timing.shutdown, Lane::Power, Event::GuestObeyed);
    }
}

void Machine::start_post(base::SteadyTime now) {
    ++attempt_;
    last_reset_ = now;
    const base::Duration step = settings_.timing.post / static_cast<long>(kPostStates.size());
    for (std::size_t index = 0; index < kPostStates.size(); ++index) {
        schedule(now + step * static_cast<long>(index), Lane::Power, Event::Progress, index);
    }
    schedule(now + settings_.timing.post, Lane::Power, Event::Boot);
}

void Machine::boot(base::SteadyTime) {
    HostCommand command;
    command.kind = HostCommand::Kind::Boot;
    command.plan = plan_boot();
    commands_.push_back(std::move(command));
    host_runs_ = true;
    if (override_.enabled == OverrideEnabled::Once) {
        override_.enabled = OverrideEnabled::Disabled;
        override_.target = "None";
        override_.mode = settings_.mode;
    }
}

BootPlan Machine::plan_boot() const {
    const bool overridden = override_.enabled != OverrideEnabled::Disabled;
    BootPlan plan;
    plan.attempt = attempt_;
    plan.mode = overridden ? override_.mode : settings_.mode;
    if (overridden) {
        add_source(plan, override_.target);
    }
    for (const std::string& kind : settings_.boot_order) {
        if (!overridden || kind != override_.target) {
            add_source(plan, kind);
        }
    }
    return plan;
}

void Machine::add_source(BootPlan& plan, const std::string& kind) const {
    if (kind == "Hdd") {
        plan.sources.push_back({kind, "", ""});
    } else if (kind == "UefiHttp" && !override_.http_boot_uri.empty()) {
        plan.sources.push_back({kind, "", override_.http_boot_uri});
    }
    for (const Slot& slot : slots_) {
        if (slot.profile.boot_target == kind && slot.inserted) {
            plan.sources.push_back({kind, slot.profile.id, slot.image});
        }
    }
}

void Machine::cut() {
    cancel(Lane::Power);
    if (std::exchange(host_runs_, false)) {
        commands_.push_back(HostCommand{});
    }
}

}  // namespace isolde::emulator
