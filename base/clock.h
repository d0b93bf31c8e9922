// SPDX-License-Identifier: GPL-3.0-or-later
//
// Time as a collaborator. Code never asks the system for the time; it is given a `Clock`. Tests give a ManualClock
// (base/testing/manual_clock.h). Two readings: `wall()` for what people and databases see, `steady()` for deadlines.
#pragma once

#include "base/result.h"

#include <chrono>
#include <string>
#include <string_view>

namespace isolde::base {

using Duration = std::chrono::nanoseconds;
/// Microseconds since the Unix epoch, UTC.
using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;
using SteadyTime = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;

/// Thread-safe.
class Clock {
  public:
    virtual ~Clock() = default;
    virtual WallTime wall() const = 0;
    virtual SteadyTime steady() const = 0;
};

/// The machine's clock.
class SystemClock final : public Clock {
  public:
    WallTime wall() const override;
    SteadyTime steady() const override;
};

/// An instant on the steady clock after which an operation must have returned.
class Deadline {
  public:
    static Deadline at(SteadyTime instant) { return Deadline(instant); }
    static Deadline after(const Clock& clock, Duration budget) { return Deadline(clock.steady() + budget); }

    SteadyTime instant() const { return instant_; }
    bool passed(const Clock& clock) const { return clock.steady() >= instant_; }
    /// What is left, never negative.
    Duration remaining(const Clock& clock) const;
    /// The earlier of both.
    Deadline sooner(Deadline other) const { return instant_ < other.instant_ ? *this : other; }

  private:
    explicit Deadline(SteadyTime instant) : instant_(instant) {}
    SteadyTime instant_;
};

/// "2026-11-21T01:52:40.626843+00:00", the form of the Ironic API.
std::string to_iso8601(WallTime time);
/// Reads what to_iso8601 writes, with or without fraction, offset as "+00:00" or "Z". Errors: InvalidArgument.
Result<WallTime> parse_iso8601(std::string_view text);
/// "Sat, 21 Nov 2026 01:52:40 GMT" (RFC 9110 §5.6.7).
std::string to_http_date(WallTime time);

/// "500ms", "30s", "15min", "24h", "7d". Errors: InvalidArgument, naming the text.
Result<Duration> parse_duration(std::string_view text);

}  // namespace isolde::base
