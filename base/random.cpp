// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/random.h"

#include "base/check.h"
#include "base/encoding.h"

#include <array>
#include <cerrno>
#include <sys/random.h>

namespace isolde::base {

std::uint64_t Random::below(std::uint64_t bound) {
    ISOLDE_CHECK(bound > 0);
    const std::uint64_t unbiased_end = UINT64_MAX - UINT64_MAX % bound;
    std::uint64_t value = 0;
    do {
        fill(std::as_writable_bytes(std::span(&value, 1)));
    } while (value >= unbiased_end);
    return value % bound;
}

std::string Random::uuid() {
    std::array<std::byte, 16> bytes{};
    fill(bytes);
    bytes[6] = (bytes[6] & std::byte{0x0f}) | std::byte{0x40};
    bytes[8] = (bytes[8] & std::byte{0x3f}) | std::byte{0x80};
    std::string text = to_hex(bytes);
    for (const std::size_t dash : {8U, 13U, 18U, 23U}) {
        text.insert(dash, 1, '-');
    }
    return text;
}

std::string Random::token() {
    std::array<std::byte, 16> bytes{};
    fill(bytes);
    return to_base32(bytes);
}

void SystemRandom::fill(std::span<std::byte> out) {
    while (!out.empty()) {
        const ssize_t got = getrandom(out.data(), out.size(), 0);
        ISOLDE_CHECK(got > 0 || errno == EINTR);
        if (got > 0) {
            out = out.subspan(static_cast<std::size_t>(got));
        }
    }
}

}  // namespace isolde::base
