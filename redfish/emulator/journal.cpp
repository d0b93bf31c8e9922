// SPDX-License-Identifier: GPL-3.0-or-later
#include "redfish/emulator/journal.h"

namespace isolde::emulator {
namespace {

constexpr std::size_t kConsoleKept = std::size_t{1} << 20U;
constexpr std::size_t kReadsKept = 100'000;

}  // namespace

void Console::write_line(std::string_view line) {
    const base::Lock lock(mutex_);
    text_ += line;
    text_ += '\n';
    if (text_.size() > kConsoleKept) {
        text_.erase(0, text_.size() - kConsoleKept);
    }
}

std::string Console::text() const {
    const base::Lock lock(mutex_);
    return text_;
}

void ReadLog::add(const std::string& url, std::uint64_t offset, std::uint64_t length, int status) {
    const base::WallTime now = clock_.wall();
    const base::Lock lock(mutex_);
    reads_.push_back({++last_, now, url, offset, length, status});
    if (reads_.size() > kReadsKept) {
        reads_.pop_front();
    }
}

base::Json ReadLog::since(std::uint64_t number) const {
    const base::Lock lock(mutex_);
    base::Json list = base::Json::array();
    for (const Read& read : reads_) {
        if (read.number > number) {
            list.push_back({{"number", read.number},
                            {"time", base::to_iso8601(read.time)},
                            {"url", read.url},
                            {"offset", read.offset},
                            {"length", read.length},
                            {"status", read.status}});
        }
    }
    return {{"reads", std::move(list)}, {"last", last_}};
}

}  // namespace isolde::emulator
