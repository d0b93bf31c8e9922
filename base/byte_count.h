// SPDX-License-Identifier: GPL-3.0-or-later
//
// A number of bytes, never confused with another number.
#pragma once

#include "base/result.h"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace isolde::base {

class ByteCount {
  public:
    constexpr ByteCount() = default;
    constexpr explicit ByteCount(std::uint64_t bytes) : bytes_(bytes) {}

    constexpr std::uint64_t bytes() const { return bytes_; }
    constexpr auto operator<=>(const ByteCount&) const = default;
    constexpr ByteCount& operator+=(ByteCount other) { bytes_ += other.bytes_; return *this; }
    /// Saturates at zero: a count is never negative.
    constexpr ByteCount& operator-=(ByteCount other) {
        bytes_ = bytes_ > other.bytes_ ? bytes_ - other.bytes_ : 0;
        return *this;
    }
    friend constexpr ByteCount operator+(ByteCount a, ByteCount b) { return a += b; }
    friend constexpr ByteCount operator-(ByteCount a, ByteCount b) { return a -= b; }

  private:
    std::uint64_t bytes_ = 0;
};

constexpr ByteCount kibibytes(std::uint64_t count) { return ByteCount(count << 10U); }
constexpr ByteCount mebibytes(std::uint64_t count) { return ByteCount(count << 20U); }
constexpr ByteCount gibibytes(std::uint64_t count) { return ByteCount(count << 30U); }

/// For people: "47.0 KiB", "1.98 GiB", "512 B".
std::string to_string(ByteCount count);
/// "20GiB", "256 MiB", "4096". Units B, KiB, MiB, GiB, TiB (powers of 1024). Errors: InvalidArgument.
Result<ByteCount> parse_byte_count(std::string_view text);

}  // namespace isolde::base
