// SPDX-License-Identifier: GPL-3.0-or-later
#include "redfish/emulator/qemu_host.h"

#include "base/files.h"
#include "base/log.h"

#include <fcntl.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>

namespace isolde::emulator {
namespace {

using base::Json;
using base::Result;

constexpr const char* kQemu = "qemu-system-x86_64";
constexpr const char* kFirmwareCode = "/usr/share/OVMF/OVMF_CODE_4M.fd";
constexpr const char* kFirmwareVariables = "/usr/share/OVMF/OVMF_VARS_4M.fd";
constexpr std::uint64_t kConsoleShown = std::uint64_t{1} << 20U;

bool on_path(const std::string& program) {
    std::string path = std::getenv("PATH") != nullptr ? std::getenv("PATH") : "/usr/bin:/bin";
    while (!path.empty()) {
        const std::size_t colon = std::min(path.find(':'), path.size());
        if (base::exists(base::join_path(path.substr(0, colon), program))) {
            return true;
        }
        path.erase(0, colon + 1);
    }
    return false;
}

/// The position of a device in the boot order, from 1; 0 when it is not to be booted from.
int boot_index(const BootPlan& plan, const std::string& kind, const std::string& slot) {
    for (std::size_t index = 0; index < plan.sources.size(); ++index) {
        if (plan.sources[index].kind == kind && plan.sources[index].slot == slot) {
            return static_cast<int>(index) + 1;
        }
    }
    return 0;
}

std::string with_boot_index(std::string device, int index) {
    return index == 0 ? device : device + ",bootindex=" + std::to_string(index);
}

/// The file as the last MiB of it; empty when there is none.
std::string tail_of(const std::string& path) {
    const auto file = base::open_for_reading(path);
    if (!file.ok()) {
        return "";
    }
    const auto size = base::size_of(*file);
    const std::uint64_t end = size.ok() ? size->bytes() : 0;
    const std::uint64_t begin = end > kConsoleShown ? end - kConsoleShown : 0;
    base::Bytes bytes(static_cast<std::size_t>(end - begin));
    return base::read_exactly(file->get(), begin, bytes).ok() ? std::string(base::as_text(bytes)) : "";
}

Result<void> make_sparse_file(const std::string& path, base::ByteCount size) {
    const base::UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!file || ::ftruncate(file.get(), static_cast<off_t>(size.bytes())) != 0) {
        return base::from_errno("cannot make the disk " + path, errno);
    }
    return {};
}

}  // namespace

Result<void> check_qemu() {
    if (!on_path(kQemu)) {
        return base::not_found("--host qemu needs qemu-system-x86_64: install the package qemu-system-x86");
    }
    if (!base::exists(kFirmwareCode) || !base::exists(kFirmwareVariables)) {
        return base::not_found("--host qemu needs " + std::string(kFirmwareCode) + ": install the package ovmf");
    }
    return {};
}

std::vector<std::string> qemu_arguments(const QemuHostOptions& options, const BootPlan& plan) {
    std::vector<std::string> arguments = {kQemu, "-S", "-no-reboot", "-no-user-config", "-nodefaults"};
    const auto add = [&arguments](std::string option, std::string value) {
        arguments.push_back(std::move(option));
        arguments.push_back(std::move(value));
    };
    add("-display", "none");
    add("-machine", "q35,accel=tcg");
    add("-cpu", "max");
    add("-smp", "1");
    add("-m", std::to_string(options.memory.bytes() >> 20U));
    add("-boot", "strict=on");
    add("-chardev", "socket,id=monitor,path=monitor.sock,server=off");
    add("-mon", "chardev=monitor,mode=control");
    add("-chardev", "file,id=console,path=console.log,append=on");
    add("-serial", "chardev:console");
    add("-device", "VGA");
    add("-device", "qemu-xhci,id=usb");
    add("-device", "virtio-rng-pci");
    add("-netdev", "user,id=net");
    add("-device", "virtio-net-pci,netdev=net,romfile=");
    if (plan.mode == BootMode::Uefi) {
        add("-drive", std::string("if=pflash,unit=0,format=raw,readonly=on,file=") + kFirmwareCode);
        add("-drive", "if=pflash,unit=1,format=raw,file=variables.fd");
    } else {
        // SeaBIOS tells this port what it boots from.
        add("-chardev", "file,id=firmware,path=firmware.log,append=on");
        add("-device", "isa-debugcon,iobase=0x402,chardev=firmware");
    }
    if (options.disk > base::ByteCount(0)) {
        add("-drive", "if=none,id=disk,format=raw,cache=unsafe,discard=unmap,file=disk.raw");
        add("-device", with_boot_index("virtio-blk-pci,drive=disk", boot_index(plan, "Hdd", "")));
    }
    int bus = 0;
    for (const SlotProfile& slot : options.slots) {
        if (slot.boot_target == "Cd") {
            add("-device", with_boot_index("ide-cd,id=" + slot.id + ",bus=ide." + std::to_string(bus++),
                                           boot_index(plan, "Cd", slot.id)));
        }
    }
    return arguments;
}

QemuHost::QemuHost(QemuHostOptions options, HostEvents& events, base::Log& log)
    : options_(std::move(options)), events_(events), log_(log) {}

QemuHost::~QemuHost() {
    cut();
}

void QemuHost::boot(const BootPlan& plan, bool reads_media) {
    const base::Lock lock(mutex_);
    stop();
    const Result<void> started = start(plan, reads_media);
    if (!started.ok()) {
        log_.error("emulator.qemu", {{"directory", options_.directory}, {"error", started.error()}});
        stop();
        events_.host_found_nothing(plan.attempt);
    }
}

Result<void> QemuHost::prepare() {
    TRY(base::make_directories(options_.directory));
    const std::string variables = base::join_path(options_.directory, "variables.fd");
    if (!base::exists(variables)) {
        TRY(base::write_durably(variables, TRY(base::read_file(kFirmwareVariables)), 0600));
    }
    if (options_.disk > base::ByteCount(0)) {
        TRY(make_sparse_file(base::join_path(options_.directory, "disk.raw"), options_.disk));
    }
    return {};
}

Result<void> QemuHost::start(const BootPlan& plan, bool reads_media) {
    TRY(prepare());
    const QmpListener listener = TRY(QmpListener::create(options_.directory, "monitor.sock"));
    base::ProcessOptions process;
    process.arguments = qemu_arguments(options_, plan);
    process.directory = options_.directory;
    process.output_path = base::join_path(options_.directory, "qemu.log");
    process_ = std::make_unique<base::ChildProcess>(TRY(base::ChildProcess::start(process)));
    base::UniqueFd monitor =
        TRY(listener.accept(std::chrono::seconds(30), [this]() ISOLDE_REQUIRES(mutex_) { return process_->running(); })
                .with_context("see " + process.output_path));
    const std::uint64_t attempt = plan.attempt;
    qmp_ = std::make_unique<Qmp>(
        std::move(monitor),
        [this, attempt](const std::string& event, const Json& data) { on_event(attempt, event, data); },
        [this, attempt] { events_.host_powered_off(attempt); });
    TRY(qmp_->execute("qmp_capabilities"));
    for (const BootSource& source : reads_media ? plan.sources : std::vector<BootSource>{}) {
        if (source.slot.empty()) {
            continue;
        }
        const auto inserted = insert(source.slot, source.url, boot_index(plan, source.kind, source.slot));
        if (!inserted.ok()) {
            log_.warning("emulator.medium", {{"slot", source.slot}, {"error", inserted.error()}});
        }
    }
    TRY(qmp_->execute("cont"));
    events_.host_started(plan.attempt);
    return {};
}

void QemuHost::cut() {
    const base::Lock lock(mutex_);
    stop();
}

void QemuHost::stop() {
    if (process_) {
        // The power is cut: what the guest had not written is lost.
        const auto ended = process_->stop(std::chrono::seconds(2));
        if (!ended.ok()) {
            log_.warning("emulator.qemu", {{"directory", options_.directory}, {"error", ended.error()}});
        }
    }
    qmp_.reset();
    process_.reset();
    nodes_.clear();
}

void QemuHost::press_button() {
    const base::Lock lock(mutex_);
    if (qmp_) {
        const auto pressed = qmp_->execute("system_powerdown");
        if (!pressed.ok()) {
            log_.warning("emulator.button", {{"error", pressed.error()}});
        }
    }
}

void QemuHost::medium_changed(const std::string& slot, const std::string& url) {
    const base::Lock lock(mutex_);
    if (!qmp_) {
        return;
    }
    Result<void> changed = remove(slot);
    if (changed.ok() && !url.empty()) {
        changed = insert(slot, url, 0);
    }
    if (!changed.ok()) {
        log_.warning("emulator.medium", {{"slot", slot}, {"error", changed.error()}});
    }
}

Result<void> QemuHost::insert(const std::string& slot, const std::string& url, int index) {
    const std::string node = "medium" + std::to_string(next_node_++);
    Json file = {{"driver", url.starts_with("https:") ? "https" : "http"}, {"url", url}, {"readahead", 262144}};
    if (url.starts_with("https:")) {
        file["sslverify"] = false;
    }
    TRY(qmp_->execute("blockdev-add", {{"driver", "raw"}, {"node-name", node}, {"read-only", true}, {"file", file}})
            .with_context("opening " + url + " (QEMU needs the package qemu-block-extra for this)"));
    nodes_[slot] = node;
    if (is_optical(slot)) {
        TRY(qmp_->execute("blockdev-open-tray", {{"id", slot}, {"force", true}}));
        TRY(qmp_->execute("blockdev-insert-medium", {{"id", slot}, {"node-name", node}}));
        TRY(qmp_->execute("blockdev-close-tray", {{"id", slot}}));
        return {};
    }
    Json device = {{"driver", "usb-storage"}, {"id", slot}, {"drive", node}, {"bus", "usb.0"}};
    if (index != 0) {
        device["bootindex"] = index;
    }
    TRY(qmp_->execute("device_add", std::move(device)));
    return {};
}

Result<void> QemuHost::remove(const std::string& slot) {
    const auto node = nodes_.find(slot);
    if (node == nodes_.end()) {
        return {};
    }
    if (is_optical(slot)) {
        TRY(qmp_->execute("blockdev-open-tray", {{"id", slot}, {"force", true}}));
        TRY(qmp_->execute("blockdev-remove-medium", {{"id", slot}}));
        TRY(qmp_->execute("blockdev-del", {{"node-name", node->second}}));
    } else {
        // The stick is pulled out; its node goes with the process, for a guest may still hold on to the device.
        TRY(qmp_->execute("device_del", {{"id", slot}}));
    }
    nodes_.erase(node);
    return {};
}

bool QemuHost::is_optical(const std::string& slot) const {
    return std::any_of(options_.slots.begin(), options_.slots.end(),
                       [&](const SlotProfile& one) { return one.id == slot && one.boot_target == "Cd"; });
}

void QemuHost::on_event(std::uint64_t attempt, const std::string& event, const Json& data) {
    if (event != "SHUTDOWN") {
        return;
    }
    if (data.value("reason", "") == "guest-reset") {
        events_.host_restarted(attempt);
    } else if (data.value("guest", false)) {
        events_.host_powered_off(attempt);
    }
}

std::string QemuHost::console() const {
    return tail_of(base::join_path(options_.directory, "console.log"));
}

}  // namespace isolde::emulator
