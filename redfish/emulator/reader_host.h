// SPDX-License-Identifier: GPL-3.0-or-later
//
// A host without a processor: at each boot it reads from its boot medium what a machine would read, by HTTP, and then
// runs for ever. Its disk boots once it was booted from a medium, as if that had installed something.
#pragma once

#include "base/mutex.h"
#include "redfish/emulator/boot_walk.h"
#include "redfish/emulator/executor.h"
#include "redfish/emulator/host.h"

#include <memory>
#include <string>

namespace isolde::emulator {

struct ReaderHostOptions {
    ReaderKind kind = ReaderKind::Httpfs2;
    bool has_disk = true;
    std::string scratch;  ///< directory for copies of ReaderKind::Download
};

class ReaderHost final : public Host {
  public:
    /// `executor` runs the reading, one task per boot. All references outlive the host.
    ReaderHost(ReaderHostOptions options, const base::Clock& clock, Executor& executor, HostEvents& events);
    ~ReaderHost() override;

    void boot(const BootPlan& plan, bool reads_media) override;
    void cut() override;
    void press_button() override {}
    void medium_changed(const std::string& slot, const std::string& url) override;
    std::string console() const override { return console_.text(); }
    base::Json reads(std::uint64_t since) const override { return reads_.since(since); }

  private:
    void run(const BootPlan& plan, bool reads_media, const Cancellation& cancellation);
    bool disk_boots() ISOLDE_EXCLUDES(mutex_);
    bool try_source(const BootPlan& plan, const BootSource& source, bool reads_media, const Cancellation& cancellation);
    base::Result<void> boot_medium(const BootPlan& plan, const BootSource& source, const Cancellation& cancellation);

    ReaderHostOptions options_;
    Executor& executor_;
    HostEvents& events_;
    Console console_;
    ReadLog reads_;

    base::Mutex mutex_;
    base::ConditionVariable ended_;
    std::shared_ptr<Cancellation> cancellation_ ISOLDE_GUARDED_BY(mutex_);  ///< of the boot under way
    bool running_ ISOLDE_GUARDED_BY(mutex_) = false;
    bool installed_ ISOLDE_GUARDED_BY(mutex_) = false;
};

}  // namespace isolde::emulator
