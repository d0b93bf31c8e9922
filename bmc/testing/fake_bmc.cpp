// SPDX-License-Identifier: GPL-3.0-or-later
#include "bmc/testing/fake_bmc.h"

#include <algorithm>
#include <string_view>

namespace isolde::bmc::testing {
namespace {

std::string_view name_of(PowerAction action) {
    switch (action) {
        case PowerAction::On: return "on";
        case PowerAction::ForceOff: return "off";
        case PowerAction::SoftOff: return "soft off";
    }
    return "?";
}

std::vector<MediaSlot> default_slots() {
    return {{base::SlotId(FakeBmc::kCdSlot), "Cd", {MediaType::Cd}, true, false, "", true},
            {base::SlotId(FakeBmc::kUsbSlot), "Usb", {MediaType::Usb}, true, false, "", true}};
}

std::vector<MediaSlot> slots_without_cd() {
    return {{base::SlotId(FakeBmc::kUsbSlot), "Usb", {MediaType::Usb}, false, false, "", true}};
}

}  // namespace

FakeBmc::FakeBmc(std::string address, const base::Clock& clock, base::Waiter& waiter)
    : address_(std::move(address)), clock_(clock), waiter_(waiter), slots_(default_slots()) {}

void FakeBmc::set_fault(Fault fault) {
    base::Lock lock(mutex_);
    faults_.push_back(fault);
    if (fault == Fault::NoCdSlot) slots_ = slots_without_cd();
}

void FakeBmc::clear_faults() {
    base::Lock lock(mutex_);
    if (has(Fault::NoCdSlot)) slots_ = default_slots();
    faults_.clear();
    failures_.clear();
}

void FakeBmc::fail(Operation operation, base::Error error, int times) {
    base::Lock lock(mutex_);
    failures_.push_back({operation, std::move(error), times});
}

void FakeBmc::set_delay(base::Duration delay) {
    base::Lock lock(mutex_);
    delay_ = delay;
}

void FakeBmc::on_request(std::function<void(const std::string&)> observer) {
    base::Lock lock(mutex_);
    request_observer_ = std::move(observer);
}

void FakeBmc::on_boot(std::function<void(const Boot&)> observer) {
    base::Lock lock(mutex_);
    boot_observer_ = std::move(observer);
}

void FakeBmc::set_power_state(Power power) {
    base::Lock lock(mutex_);
    power_ = power;
}

void FakeBmc::set_slots(std::vector<MediaSlot> slots) {
    base::Lock lock(mutex_);
    slots_ = std::move(slots);
}

void FakeBmc::insert_behind_back(const std::string& slot, const std::string& url) {
    base::Lock lock(mutex_);
    if (MediaSlot* found = find(slot)) {
        found->image = url;
        found->inserted = true;
    }
}

void FakeBmc::set_boot_progress(std::string last_state) {
    base::Lock lock(mutex_);
    progress_ = std::move(last_state);
}

void FakeBmc::set_last_reset(std::optional<base::WallTime> time) {
    base::Lock lock(mutex_);
    last_reset_ = time;
}

void FakeBmc::restart_host() {
    start_host();
}

std::vector<std::string> FakeBmc::requests() const {
    base::Lock lock(mutex_);
    return requests_;
}

std::size_t FakeBmc::count(const std::string& prefix) const {
    base::Lock lock(mutex_);
    const auto matches = std::count_if(requests_.begin(), requests_.end(),
                                       [&prefix](const std::string& line) { return line.starts_with(prefix); });
    return static_cast<std::size_t>(matches);
}

void FakeBmc::forget_requests() {
    base::Lock lock(mutex_);
    requests_.clear();
}

std::vector<Boot> FakeBmc::boots() const {
    base::Lock lock(mutex_);
    return boots_;
}

Power FakeBmc::power_state() const {
    base::Lock lock(mutex_);
    return power_;
}

std::string FakeBmc::image_in(const std::string& slot) const {
    base::Lock lock(mutex_);
    const auto found =
        std::find_if(slots_.begin(), slots_.end(), [&slot](const MediaSlot& each) { return each.id.str() == slot; });
    return found == slots_.end() ? "" : found->image;
}

BootOverride FakeBmc::override_now() const {
    base::Lock lock(mutex_);
    return override_;
}

base::Result<Capabilities> FakeBmc::probe(base::Deadline deadline) {
    TRY(begin(Operation::Probe, "probe", deadline));
    base::Lock lock(mutex_);
    return Capabilities{
        address_,  "Isolde",
        "FakeBmc", "1.0",
        kSystem,   power_,
        slots_,    {BootDevice::None, BootDevice::Cd, BootDevice::Usb, BootDevice::Disk, BootDevice::Pxe}};
}

base::Result<Power> FakeBmc::power(base::Deadline deadline) {
    TRY(begin(Operation::Power, "power", deadline));
    base::Lock lock(mutex_);
    return power_;
}

base::Result<void> FakeBmc::set_power(PowerAction action, base::Deadline deadline) {
    TRY(begin(Operation::SetPower, "set_power " + std::string(name_of(action)), deadline));
    const Power wanted = action == PowerAction::On ? Power::On : Power::Off;
    {
        base::Lock lock(mutex_);
        if (power_ == wanted) return {};
        if (has(Fault::PowerStuck)) {
            return base::timed_out(address_ + ": the host did not reach " + std::string(to_string(wanted)));
        }
        power_ = wanted;
    }
    if (wanted == Power::On) start_host();
    return {};
}

base::Result<std::vector<MediaSlot>> FakeBmc::slots(base::Deadline deadline) {
    TRY(begin(Operation::Slots, "slots", deadline));
    base::Lock lock(mutex_);
    return slots_;
}

base::Result<MediaSlot> FakeBmc::slot(const base::SlotId& id, base::Deadline deadline) {
    TRY(begin(Operation::Slot, "slot " + id.str(), deadline));
    base::Lock lock(mutex_);
    const MediaSlot* found = find(id.str());
    if (found == nullptr) return no_slot(id.str());
    return *found;
}

base::Result<void> FakeBmc::insert(const base::SlotId& id, const std::string& url, base::Deadline deadline) {
    TRY(begin(Operation::Insert, "insert " + id.str() + " " + url, deadline));
    base::Lock lock(mutex_);
    MediaSlot* found = find(id.str());
    if (found == nullptr) return no_slot(id.str());
    if (has(Fault::InsertFails)) {
        return base::unavailable(address_ + ": 500 Internal Server Error to the insertion into " + id.str());
    }
    if (!found->insertable) return base::unsupported(address_ + ": " + id.str() + " cannot insert by URL");
    if (found->inserted && found->image == url) return {};
    if (found->inserted) return base::conflict(address_ + ": " + id.str() + " holds " + found->image);
    if (has(Fault::InsertIgnored)) return base::timed_out(address_ + ": " + id.str() + " did not show the image");
    found->image = url;
    found->inserted = true;
    return {};
}

base::Result<void> FakeBmc::eject(const base::SlotId& id, base::Deadline deadline) {
    TRY(begin(Operation::Eject, "eject " + id.str(), deadline));
    base::Lock lock(mutex_);
    MediaSlot* found = find(id.str());
    if (found == nullptr) return no_slot(id.str());
    if (found->inserted && has(Fault::EjectIgnored)) {
        return base::timed_out(address_ + ": " + id.str() + " still shows " + found->image);
    }
    found->image.clear();
    found->inserted = false;
    return {};
}

base::Result<BootOverride> FakeBmc::boot_override(base::Deadline deadline) {
    TRY(begin(Operation::BootOverride, "boot_override", deadline));
    base::Lock lock(mutex_);
    return override_;
}

base::Result<void> FakeBmc::set_boot_override(BootDevice device, BootPersistence persistence, BootMode,
                                              base::Deadline deadline) {
    const char* how_long = persistence == BootPersistence::Once ? " once" : " persistent";
    TRY(begin(Operation::SetBootOverride, "set_boot_override " + std::string(to_string(device)) + how_long, deadline));
    base::Lock lock(mutex_);
    override_ = {device, persistence, device != BootDevice::None};
    return {};
}

base::Result<void> FakeBmc::clear_boot_override(base::Deadline deadline) {
    TRY(begin(Operation::ClearBootOverride, "clear_boot_override", deadline));
    base::Lock lock(mutex_);
    override_ = {};
    return {};
}

base::Result<std::vector<BootDevice>> FakeBmc::boot_devices(base::Deadline deadline) {
    TRY(begin(Operation::BootDevices, "boot_devices", deadline));
    return std::vector<BootDevice>{BootDevice::None, BootDevice::Cd, BootDevice::Usb, BootDevice::Disk,
                                   BootDevice::Pxe};
}

base::Result<bmc::HostSigns> FakeBmc::host_signs(base::Deadline deadline) {
    TRY(begin(Operation::HostSigns, "host_signs", deadline));
    base::Lock lock(mutex_);
    return bmc::HostSigns{power_, progress_, last_reset_};
}

base::Result<void> FakeBmc::begin(Operation operation, const std::string& line, base::Deadline deadline) {
    std::function<void(const std::string&)> observer;
    base::Duration delay{};
    {
        base::Lock lock(mutex_);
        requests_.push_back(line);
        observer = request_observer_;
        delay = delay_;
    }
    if (observer) observer(line);
    const base::Duration left = deadline.remaining(clock_);
    if (delay > base::Duration::zero()) waiter_.wait(std::min(delay, left), {});
    if (delay >= left) return base::timed_out(address_ + ": no answer to '" + line + "' in time");
    base::Lock lock(mutex_);
    if (auto error = failure_of(operation)) return std::move(*error);
    return {};
}

std::optional<base::Error> FakeBmc::failure_of(Operation operation) {
    if (has(Fault::Unreachable)) return base::unavailable(address_ + ": cannot be reached: connection refused");
    if (has(Fault::WrongPassword)) return base::unauthorized(address_ + ": refuses the user name or password");
    const auto planned = std::find_if(failures_.begin(), failures_.end(), [operation](const PlannedFailure& each) {
        return each.operation == operation && each.times > 0;
    });
    if (planned == failures_.end()) return std::nullopt;
    --planned->times;
    return planned->error;
}

bool FakeBmc::has(Fault fault) const {
    return std::find(faults_.begin(), faults_.end(), fault) != faults_.end();
}

MediaSlot* FakeBmc::find(const std::string& id) {
    const auto found =
        std::find_if(slots_.begin(), slots_.end(), [&id](const MediaSlot& each) { return each.id.str() == id; });
    return found == slots_.end() ? nullptr : &*found;
}

base::Error FakeBmc::no_slot(const std::string& id) const {
    return base::not_found(address_ + " has no virtual-media slot " + id);
}

Boot FakeBmc::next_boot() {
    Boot boot;
    if (override_.active) boot.device = override_.device;
    if (override_.active && override_.persistence == BootPersistence::Once) override_ = {};
    const MediaType type = boot.device == BootDevice::Usb ? MediaType::Usb : MediaType::Cd;
    for (const auto& slot : slots_) {
        const bool fits = std::find(slot.types.begin(), slot.types.end(), type) != slot.types.end();
        const bool from_medium = boot.device == BootDevice::Cd || boot.device == BootDevice::Usb;
        if (from_medium && fits && slot.inserted && boot.url.empty()) boot.url = slot.image;
    }
    return boot;
}

void FakeBmc::start_host() {
    std::function<void(const Boot&)> observer;
    Boot boot;
    {
        base::Lock lock(mutex_);
        power_ = Power::On;
        boot = next_boot();
        boots_.push_back(boot);
        observer = boot_observer_;
    }
    if (observer) observer(boot);
}

std::shared_ptr<FakeBmc> FakeBmcPool::add(const std::string& address, const std::string& password) {
    base::Lock lock(mutex_);
    auto& entry = bmcs_[address];
    if (!entry.bmc) entry.bmc = std::make_shared<FakeBmc>(address, clock_, waiter_);
    entry.password = password;
    return entry.bmc;
}

std::shared_ptr<Bmc> FakeBmcPool::get(const Target& target) {
    base::Lock lock(mutex_);
    targets_.push_back(target);
    const auto found = bmcs_.find(target.address);
    if (found == bmcs_.end()) return refusing(target.address, Fault::Unreachable);
    const Entry& entry = found->second;
    if (!entry.password.empty() && entry.password != target.password.reveal()) {
        return refusing(target.address, Fault::WrongPassword);
    }
    return entry.bmc;
}

std::vector<Target> FakeBmcPool::targets() const {
    base::Lock lock(mutex_);
    return targets_;
}

std::shared_ptr<FakeBmc> FakeBmcPool::refusing(const std::string& address, Fault fault) const {
    auto bmc = std::make_shared<FakeBmc>(address, clock_, waiter_);
    bmc->set_fault(fault);
    return bmc;
}

}  // namespace isolde::bmc::testing
