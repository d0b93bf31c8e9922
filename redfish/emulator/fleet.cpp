// SPDX-License-Identifier: GPL-3.0-or-later
#include "redfish/emulator/fleet.h"

#include "redfish/emulator/certificate.h"
#include "redfish/emulator/qemu_host.h"
#include "redfish/emulator/reader_host.h"

#include <algorithm>

namespace isolde::emulator {
namespace {

constexpr unsigned kThreads = 4;
constexpr std::size_t kReaderThreads = 16;

}  // namespace

Fleet::Fleet(const base::Clock& clock, base::Random& random, base::Log& log)
    : executor_(kThreads), surroundings_{clock, random, log, executor_, {}} {}

base::Result<std::unique_ptr<Fleet>> Fleet::start(const Options& options, const base::Clock& clock,
                                                  base::Random& random, base::Log& log) {
    std::unique_ptr<Fleet> fleet(new Fleet(clock, random, log));
    TRY(fleet->prepare(options));
    for (std::size_t index = 0; index < options.bmcs; ++index) {
        fleet->bmcs_.push_back(TRY(EmulatedBmc::start(fleet->bmc_options(options, index), fleet->surroundings_)
                                       .with_context("starting BMC " + std::to_string(index + 1))));
    }
    return fleet;
}

base::Result<void> Fleet::prepare(const Options& options) {
    directory_ = options.state_dir;
    if (directory_.empty()) {
        temporary_ =
            std::make_unique<base::TemporaryDirectory>(TRY(base::TemporaryDirectory::create("isolde-emulator")));
        directory_ = temporary_->path();
    }
    TRY(base::make_directories(directory_));
    if (options.tls) {
        TRY(make_certificate(options.address));
    }
    switch (options.host) {
        case HostKind::None: use_no_hosts(); break;
        case HostKind::Reader: use_readers(options); break;
        case HostKind::Qemu: TRY(use_qemu(options)); break;
    }
    return {};
}

void Fleet::use_no_hosts() {
    surroundings_.make_host = [](std::size_t, const std::string&, HostEvents& events) {
        return std::make_unique<NoHost>(events);
    };
}

void Fleet::use_readers(const Options& options) {
    readers_ =
        std::make_unique<Executor>(static_cast<unsigned>(std::min(options.bmcs * options.systems, kReaderThreads)));
    const ReaderHostOptions reader{options.reader, options.disk > base::ByteCount(0), directory_};
    surroundings_.make_host = [this, reader](std::size_t, const std::string&, HostEvents& events) {
        return std::make_unique<ReaderHost>(reader, surroundings_.clock, *readers_, events);
    };
}

base::Result<void> Fleet::use_qemu(const Options& options) {
    TRY(check_qemu());
    const QemuHostOptions qemu{"", options.memory, options.disk, options.profile->slots};
    surroundings_.make_host = [this, qemu](std::size_t bmc, const std::string& system, HostEvents& events) {
        QemuHostOptions own = qemu;
        own.directory = base::join_path(directory_, "bmc-" + std::to_string(bmc) + "-system-" + system);
        return std::make_unique<QemuHost>(std::move(own), events, surroundings_.log);
    };
    return {};
}

base::Result<void> Fleet::make_certificate(const std::string& address) {
    const Certificate made = TRY(make_self_signed(address));
    certificate_ = base::join_path(directory_, "certificate.pem");
    key_ = base::join_path(directory_, "key.pem");
    TRY(base::write_durably(certificate_, made.certificate));
    return base::write_durably(key_, made.key, 0600);
}

BmcOptions Fleet::bmc_options(const Options& options, std::size_t index) const {
    BmcOptions bmc;
    bmc.number = index + 1;
    bmc.address = options.address;
    bmc.port = options.port == 0 ? std::uint16_t{0} : static_cast<std::uint16_t>(options.port + index);
    bmc.profile = options.profile;
    bmc.timing = faster(options.profile->timing, options.time_scale);
    bmc.account = options.account;
    bmc.systems = options.systems;
    bmc.mode = options.firmware[index % options.firmware.size()];
    bmc.guest_obeys = options.host != HostKind::Qemu;
    bmc.latency = options.latency;
    bmc.faults = options.faults;
    bmc.tls_certificate = certificate_;
    bmc.tls_key = key_;
    return bmc;
}

std::vector<std::string> Fleet::urls() const {
    std::vector<std::string> urls;
    for (const std::unique_ptr<EmulatedBmc>& bmc : bmcs_) {
        urls.push_back(bmc->url());
    }
    return urls;
}

void Fleet::stop() {
    for (const std::unique_ptr<EmulatedBmc>& bmc : bmcs_) {
        bmc->stop();
    }
    executor_.stop();
    if (readers_) {
        readers_->stop();
    }
}

}  // namespace isolde::emulator
