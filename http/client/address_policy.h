// SPDX-License-Identifier: GPL-3.0-or-later
//
// Which addresses a client may connect to, decided on the resolved address at connect time, at every redirect hop, so
// that neither DNS nor odd spellings get around it.
#pragma once

#include "base/result.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace isolde::http {

/// "10.0.0.0/8", "fd00::/8", "192.0.2.7". IPv4-mapped IPv6 addresses count as IPv4.
class AddressRange {
  public:
    /// Errors: InvalidArgument naming the text.
    static base::Result<AddressRange> parse(std::string_view text);
    /// `address`: numeric IPv4 or IPv6, without port or brackets.
    bool contains(std::string_view address) const;

  private:
    AddressRange(std::array<std::uint8_t, 16> prefix, unsigned bits) : prefix_(prefix), bits_(bits) {}
    std::array<std::uint8_t, 16> prefix_{};  ///< IPv4 as ::ffff:a.b.c.d
    unsigned bits_ = 0;
};

struct AddressPolicy {
    std::vector<AddressRange> allow;  ///< wins over everything
    std::vector<AddressRange> deny;
    /// Refuse loopback, link-local, multicast, unspecified and 0/8 unless allowed.
    bool deny_special = true;

    /// Everything goes: for BMCs, whose addresses the operator enrols.
    static AddressPolicy unrestricted();
};

/// Nothing when `address` (numeric) may be connected to; else why not, naming the setting that would allow it.
base::Result<void> check_address(const AddressPolicy& policy, std::string_view address);

}  // namespace isolde::http
