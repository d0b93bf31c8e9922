// SPDX-License-Identifier: GPL-3.0-or-later
//
// Fixed-width fields of on-disk structures. Every reader here works on a view whose size was checked before: an offset
// outside the view is a defect of the caller and stops the process.
#pragma once

#include "base/check.h"
#include "base/encoding.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace isolde::image {

inline std::uint8_t field8(base::ByteView bytes, std::size_t at) {
    ISOLDE_CHECK(at < bytes.size());
    return std::to_integer<std::uint8_t>(bytes[at]);
}

/// The bytes of a field at `at`, the least significant one first.
template <typename Value>
Value little_field(base::ByteView bytes, std::size_t at) {
    constexpr std::size_t kSize = sizeof(Value);
    ISOLDE_CHECK(at <= bytes.size() && kSize <= bytes.size() - at);
    Value value = 0;
    for (std::size_t i = kSize; i > 0; --i) {
        value = static_cast<Value>(std::uint64_t{value} << 8U | std::to_integer<std::uint8_t>(bytes[at + i - 1]));
    }
    return value;
}

/// The most significant one first.
template <typename Value>
Value big_field(base::ByteView bytes, std::size_t at) {
    constexpr std::size_t kSize = sizeof(Value);
    ISOLDE_CHECK(at <= bytes.size() && kSize <= bytes.size() - at);
    Value value = 0;
    for (std::size_t i = 0; i < kSize; ++i) {
        value = static_cast<Value>(std::uint64_t{value} << 8U | std::to_integer<std::uint8_t>(bytes[at + i]));
    }
    return value;
}

inline std::uint16_t little16(base::ByteView bytes, std::size_t at) {
    return little_field<std::uint16_t>(bytes, at);
}
inline std::uint32_t little32(base::ByteView bytes, std::size_t at) {
    return little_field<std::uint32_t>(bytes, at);
}
inline std::uint64_t little64(base::ByteView bytes, std::size_t at) {
    return little_field<std::uint64_t>(bytes, at);
}

inline std::uint16_t big16(base::ByteView bytes, std::size_t at) {
    return big_field<std::uint16_t>(bytes, at);
}
inline std::uint32_t big32(base::ByteView bytes, std::size_t at) {
    return big_field<std::uint32_t>(bytes, at);
}
inline std::uint64_t big64(base::ByteView bytes, std::size_t at) {
    return big_field<std::uint64_t>(bytes, at);
}

inline std::string text_field(base::ByteView bytes, std::size_t at, std::size_t length) {
    ISOLDE_CHECK(at <= bytes.size() && length <= bytes.size() - at);
    return std::string(base::as_text(bytes.subspan(at, length)));
}
/// A text field without the blanks (and NULs) that pad its end.
std::string padded_text(base::ByteView bytes, std::size_t at, std::size_t length);

/// True when `bytes` hold `text` at `at`; false also when they are too short.
bool holds(base::ByteView bytes, std::size_t at, std::string_view text);

/// UTF-16 (big or little endian, surrogate pairs too) as UTF-8; a lone surrogate becomes U+FFFD, an odd last byte is
/// left out.
std::string utf16_to_utf8(base::ByteView bytes, bool big_endian);

/// The names between the slashes of `path`, empty ones left out. Views of `path`.
std::vector<std::string_view> path_parts(std::string_view path);

/// Equal but for the case of ASCII letters.
bool equals_ignoring_case(std::string_view left, std::string_view right);

}  // namespace isolde::image
