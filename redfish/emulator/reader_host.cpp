// SPDX-License-Identifier: GPL-3.0-or-later
#include "redfish/emulator/reader_host.h"

#include <utility>

namespace isolde::emulator {

ReaderHost::ReaderHost(ReaderHostOptions options, const base::Clock& clock, Executor& executor, HostEvents& events)
    : options_(std::move(options)), executor_(executor), events_(events), reads_(clock) {}

ReaderHost::~ReaderHost() {
    cut();
}

void ReaderHost::boot(const BootPlan& plan, bool reads_media) {
    cut();
    const auto cancellation = std::make_shared<Cancellation>();
    {
        const base::Lock lock(mutex_);
        cancellation_ = cancellation;
    }
    executor_.post([this, plan, reads_media, cancellation] {
        {
            const base::Lock lock(mutex_);
            if (cancellation->cancelled()) {
                return;
            }
            running_ = true;
        }
        run(plan, reads_media, *cancellation);
        const base::Lock lock(mutex_);
        running_ = false;
        ended_.notify_all();
    });
}

void ReaderHost::cut() {
    const base::Lock lock(mutex_);
    if (cancellation_) {
        cancellation_->cancel();
        cancellation_.reset();
    }
    while (running_) {
        ended_.wait(mutex_);
    }
}

void ReaderHost::medium_changed(const std::string& slot, const std::string& url) {
    console_.write_line(url.empty() ? "medium removed from " + slot : "medium in " + slot + ": " + url);
}

void ReaderHost::run(const BootPlan& plan, bool reads_media, const Cancellation& cancellation) {
    console_.write_line("boot " + std::to_string(plan.attempt) + ", firmware " + std::string(to_string(plan.mode)));
    for (const BootSource& source : plan.sources) {
        if (cancellation.cancelled()) {
            return;
        }
        if (try_source(plan, source, reads_media, cancellation)) {
            return;
        }
    }
    console_.write_line("no bootable device");
    events_.host_found_nothing(plan.attempt);
}

bool ReaderHost::disk_boots() {
    const base::Lock lock(mutex_);
    return installed_;
}

bool ReaderHost::try_source(const BootPlan& plan, const BootSource& source, bool reads_media,
                            const Cancellation& cancellation) {
    if (source.kind == "Hdd") {
        if (!disk_boots()) {
            return false;
        }
        console_.write_line("booting from disk");
        events_.host_started(plan.attempt);
        return true;
    }
    if (!reads_media || options_.kind == ReaderKind::Never) {
        console_.write_line(source.kind + ": the medium is not read");
        return false;
    }
    console_.write_line("booting from " + source.kind + " " + source.url);
    const base::Result<void> booted = boot_medium(plan, source, cancellation);
    if (!booted.ok()) {
        console_.write_line(source.kind + ": " + booted.error().to_string());
        return false;
    }
    const base::Lock lock(mutex_);
    installed_ = options_.has_disk;
    return true;
}

base::Result<void> ReaderHost::boot_medium(const BootPlan& plan, const BootSource& source,
                                           const Cancellation& cancellation) {
    const auto image = TRY(open_image(options_.kind, source.url, options_.scratch, reads_, cancellation));
    return walk_boot(*image, plan.mode, console_, [&] { events_.host_started(plan.attempt); });
}

}  // namespace isolde::emulator
