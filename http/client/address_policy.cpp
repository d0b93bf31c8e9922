// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/client/address_policy.h"

#include <arpa/inet.h>
#include <algorithm>
#include <charconv>
#include <optional>

namespace isolde::http {
namespace {

using AddressBytes = std::array<std::uint8_t, 16>;
constexpr unsigned kMappedPrefixBits = 96;

/// IPv4 becomes ::ffff:a.b.c.d, so that one comparison serves both families. A zone ("%eth0") is ignored.
std::optional<AddressBytes> numeric(std::string_view text) {
    const std::string address(text.substr(0, text.find('%')));
    AddressBytes bytes{};
    if (inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1) {
        return bytes;
    }
    bytes[10] = bytes[11] = 0xff;
    if (inet_pton(AF_INET, address.c_str(), bytes.data() + 12) == 1) {
        return bytes;
    }
    return std::nullopt;
}

struct SpecialRange {
    std::string_view range;
    std::string_view name;
};

constexpr std::array kSpecialRanges{
    SpecialRange{"127.0.0.0/8", "a loopback address"},
    SpecialRange{"::1", "a loopback address"},
    SpecialRange{"169.254.0.0/16", "link-local"},
    SpecialRange{"fe80::/10", "link-local"},
    SpecialRange{"224.0.0.0/4", "multicast"},
    SpecialRange{"ff00::/8", "multicast"},
    SpecialRange{"255.255.255.255", "broadcast"},
    SpecialRange{"0.0.0.0/8", "unspecified"},
    SpecialRange{"::", "unspecified"},
};

/// IPv4 inside IPv6 in the forms other than ::ffff:a.b.c.d that reach an IPv4 host: ::a.b.c.d (RFC 4291 §2.5.5.1) and
/// 64:ff9b::a.b.c.d (NAT64, RFC 6052).
std::optional<std::string> embedded_ipv4(std::string_view address) {
    const auto bytes = numeric(address);
    constexpr std::array<std::uint8_t, 12> kCompatible{};
    constexpr std::array<std::uint8_t, 12> kNat64{0, 0x64, 0xff, 0x9b};
    if (!bytes || !(std::equal(kCompatible.begin(), kCompatible.end(), bytes->begin()) ||
                    std::equal(kNat64.begin(), kNat64.end(), bytes->begin()))) {
        return std::nullopt;
    }
    std::array<char, INET_ADDRSTRLEN> text{};
    inet_ntop(AF_INET, bytes->data() + 12, text.data(), text.size());
    return std::string(text.data());
}

std::optional<std::string_view> special_name(std::string_view address) {
    for (const auto& [range, name] : kSpecialRanges) {
        if (AddressRange::parse(range).value().contains(address)) {
            return name;
        }
    }
    const auto inner = embedded_ipv4(address);
    return inner ? special_name(*inner) : std::nullopt;
}

bool any_contains(const std::vector<AddressRange>& ranges, std::string_view address) {
    return std::any_of(ranges.begin(), ranges.end(), [&](const auto& range) { return range.contains(address); });
}

std::optional<unsigned> prefix_length(std::string_view text, unsigned longest) {
    unsigned bits = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), bits);
    const bool whole = code == std::errc() && end == text.data() + text.size();
    return whole && bits <= longest ? std::optional(bits) : std::nullopt;
}

}  // namespace

base::Result<AddressRange> AddressRange::parse(std::string_view text) {
    const std::size_t slash = text.find('/');
    const std::string_view address = text.substr(0, slash);
    const auto bytes = numeric(address);
    const bool is_ipv4 = address.find(':') == std::string_view::npos;
    const unsigned longest = is_ipv4 ? 32 : 128;
    const auto bits =
        slash == std::string_view::npos ? std::optional(longest) : prefix_length(text.substr(slash + 1), longest);
    if (!bytes || !bits || address.find('%') != std::string_view::npos) {
        return base::invalid_argument("not an address range: \"" + std::string(text) +
                                      "\" (wanted as 10.0.0.0/8, fd00::/8 or 192.0.2.7)");
    }
    return AddressRange(*bytes, is_ipv4 ? *bits + kMappedPrefixBits : *bits);
}

bool AddressRange::contains(std::string_view address) const {
    const auto bytes = numeric(address);
    if (!bytes) {
        return false;
    }
    const unsigned whole = bits_ / 8;
    if (!std::equal(prefix_.begin(), prefix_.begin() + whole, bytes->begin())) {
        return false;
    }
    const unsigned rest = bits_ % 8;
    return rest == 0 || ((prefix_.at(whole) ^ bytes->at(whole)) >> (8 - rest)) == 0;
}

AddressPolicy AddressPolicy::unrestricted() {
    return AddressPolicy{.allow = {AddressRange::parse("::/0").value()}, .deny = {}, .deny_special = false};
}

base::Result<void> check_address(const AddressPolicy& policy, std::string_view address) {
    if (!numeric(address)) {
        return base::unauthorized("\"" + std::string(address) + "\" is not a numeric address");
    }
    if (any_contains(policy.allow, address)) {
        return {};
    }
    if (any_contains(policy.deny, address)) {
        return base::unauthorized("address " + std::string(address) + " is in the list of denied addresses");
    }
    if (const auto name = policy.deny_special ? special_name(address) : std::nullopt) {
        return base::unauthorized("address " + std::string(address) + " is " + std::string(*name) +
                                  "; [fetch] allow_addresses can allow it");
    }
    return {};
}

}  // namespace isolde::http
