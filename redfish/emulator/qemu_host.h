// SPDX-License-Identifier: GPL-3.0-or-later
//
// A host that is a QEMU guest (TCG, q35, one CPU) with SeaBIOS or OVMF, a blank disk and the media of its BMC by URL.
// Each boot is a QEMU process of its own, with the boot order that the BMC decided: a guest that restarts ends its
// process
// (-no-reboot), the BMC sees a restart and boots anew. Disk and firmware variables survive; the console is appended to.
#pragma once

#include "base/byte_count.h"
#include "base/log.h"
#include "base/mutex.h"
#include "base/process.h"
#include "redfish/emulator/host.h"
#include "redfish/emulator/journal.h"
#include "redfish/emulator/qmp.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace isolde::emulator {

struct QemuHostOptions {
    std::string directory;  ///< of this system; made when missing
    base::ByteCount memory = base::gibibytes(1);
    base::ByteCount disk = base::gibibytes(8);  ///< 0: no disk
    std::vector<SlotProfile> slots;
};

/// Whether QEMU and its firmware are there. Errors: NotFound, naming the Debian package to install.
base::Result<void> check_qemu();

/// The command line for a boot. Media are not on it: they are put in through the monitor before the guest starts, so
/// that a URL that does not answer is an empty drive and not a machine that does not start.
std::vector<std::string> qemu_arguments(const QemuHostOptions& options, const BootPlan& plan);

class QemuHost final : public Host {
  public:
    QemuHost(QemuHostOptions options, HostEvents& events, base::Log& log);
    ~QemuHost() override;

    void boot(const BootPlan& plan, bool reads_media) override;
    void cut() override;
    void press_button() override;
    void medium_changed(const std::string& slot, const std::string& url) override;
    std::string console() const override;
    /// QEMU reads by itself: nothing is known of its ranges.
    base::Json reads(std::uint64_t) const override { return {{"reads", base::Json::array()}, {"last", 0}}; }

  private:
    base::Result<void> prepare();
    base::Result<void> start(const BootPlan& plan, bool reads_media) ISOLDE_REQUIRES(mutex_);
    void stop() ISOLDE_REQUIRES(mutex_);
    base::Result<void> insert(const std::string& slot, const std::string& url, int boot_index) ISOLDE_REQUIRES(mutex_);
    base::Result<void> remove(const std::string& slot) ISOLDE_REQUIRES(mutex_);
    bool is_optical(const std::string& slot) const;
    void on_event(std::uint64_t attempt, const std::string& event, const base::Json& data);

    QemuHostOptions options_;
    HostEvents& events_;
    base::Log& log_;

    base::Mutex mutex_;
    std::unique_ptr<base::ChildProcess> process_ ISOLDE_GUARDED_BY(mutex_);
    std::unique_ptr<Qmp> qmp_ ISOLDE_GUARDED_BY(mutex_);
    std::map<std::string, std::string> nodes_ ISOLDE_GUARDED_BY(mutex_);  ///< slot → block node with its medium
    std::uint64_t next_node_ ISOLDE_GUARDED_BY(mutex_) = 1;
};

}  // namespace isolde::emulator
