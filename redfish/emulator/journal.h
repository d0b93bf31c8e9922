// SPDX-License-Identifier: GPL-3.0-or-later
//
// What a host left behind for the curious: the text of its console and the ranges that it read.
#pragma once

#include "base/clock.h"
#include "base/json.h"
#include "base/mutex.h"

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace isolde::emulator {

/// Thread-safe.
class Console {
  public:
    void write_line(std::string_view line);
    std::string text() const;

  private:
    mutable base::Mutex mutex_;
    std::string text_ ISOLDE_GUARDED_BY(mutex_);
};

/// Thread-safe. Keeps the last 100,000 reads.
class ReadLog {
  public:
    explicit ReadLog(const base::Clock& clock) : clock_(clock) {}
    /// One answered request: the bytes that came, `status` of the response, 0 when there was none.
    void add(const std::string& url, std::uint64_t offset, std::uint64_t length, int status);
    base::Json since(std::uint64_t number) const;

  private:
    struct Read {
        std::uint64_t number;
        base::WallTime time;
        std::string url;
        std::uint64_t offset;
        std::uint64_t length;
        int status;
    };
    const base::Clock& clock_;
    mutable base::Mutex mutex_;
    std::uint64_t last_ ISOLDE_GUARDED_BY(mutex_) = 0;
    std::deque<Read> reads_ ISOLDE_GUARDED_BY(mutex_);
};

}  // namespace isolde::emulator
