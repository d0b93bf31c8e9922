// SPDX-License-Identifier: GPL-3.0-or-later
//
// Randomness as a collaborator, and the identifiers made of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace isolde::base {

/// Thread-safe.
class Random {
  public:
    virtual ~Random() = default;
    /// Fills `out` with bytes that nobody can predict.
    virtual void fill(std::span<std::byte> out) = 0;

    /// Uniform in [0, bound); bound > 0.
    std::uint64_t below(std::uint64_t bound);
    /// RFC 9562 version 4: "831f1e25-0c62-4970-8f12-da4ae09f99b2".
    std::string uuid();
    /// 128 bits as 26 lower-case base32 characters: the token of a publication's URL.
    std::string token();
};

/// The kernel's generator (getrandom). A machine without one stops the process: nothing safe can be done.
class SystemRandom final : public Random {
  public:
    void fill(std::span<std::byte> out) override;
};

}  // namespace isolde::base
