// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/encoding.h"

#include <array>
#include <cstdint>

namespace isolde::base {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kBase32 = "abcdefghijklmnopqrstuvwxyz234567";
constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Bytes in groups of `bits`, most significant first; the last group is filled with zero bits.
std::string regroup(ByteView bytes, unsigned bits, std::string_view alphabet) {
    std::string text;
    std::uint32_t pending = 0;
    unsigned pending_bits = 0;
    for (const std::byte byte : bytes) {
        pending = (pending << 8U) | std::to_integer<std::uint32_t>(byte);
        pending_bits += 8;
        while (pending_bits >= bits) {
            pending_bits -= bits;
            text += alphabet[(pending >> pending_bits) & ((1U << bits) - 1)];
        }
        pending &= (1U << pending_bits) - 1;
    }
    if (pending_bits > 0) {
        text += alphabet[(pending << (bits - pending_bits)) & ((1U << bits) - 1)];
    }
    return text;
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

ByteView as_bytes(std::string_view text) {
    return std::as_bytes(std::span(text.data(), text.size()));
}

Bytes to_bytes(std::string_view text) {
    const ByteView view = as_bytes(text);
    return {view.begin(), view.end()};
}

std::string_view as_text(ByteView bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string to_hex(ByteView bytes) {
    return regroup(bytes, 4, kHex);
}

Result<Bytes> from_hex(std::string_view text) {
    if (text.size() % 2 != 0) {
        return invalid_argument("hex text has an odd number of characters");
    }
    Bytes bytes;
    bytes.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = hex_value(text[i]);
        const int low = hex_value(text[i + 1]);
        if (high < 0 || low < 0) {
            return invalid_argument("character " + std::to_string(i) + " of the hex text is no hex digit");
        }
        bytes.push_back(static_cast<std::byte>(high * 16 + low));
    }
    return bytes;
}

std::string to_base32(ByteView bytes) {
    return regroup(bytes, 5, kBase32);
}

std::string to_base64(ByteView bytes) {
    std::string text = regroup(bytes, 6, kBase64);
    text.append((4 - text.size() % 4) % 4, '=');
    return text;
}

Result<Bytes> from_base64(std::string_view text) {
    Bytes bytes;
    bytes.reserve(text.size() / 4 * 3);
    std::uint32_t pending = 0;
    std::size_t symbols = 0;
    std::size_t padding = 0;
    for (const char c : text) {
        if (c == ' ' || c == '\n' || c == '\r' || c == '\t') continue;
        ++symbols;
        if (c == '=') {
            ++padding;
            continue;
        }
        const std::size_t value = kBase64.find(c);
        if (value == std::string_view::npos || padding > 0) {
            return invalid_argument("base64 text has a character that does not belong at position " +
                                    std::to_string(symbols));
        }
        pending = (pending << 6U) | static_cast<std::uint32_t>(value);
        if (symbols % 4 == 0) {
            for (const unsigned shift : {16U, 8U, 0U}) bytes.push_back(static_cast<std::byte>(pending >> shift));
            pending = 0;
        }
    }
    if (symbols % 4 != 0 || padding > 2) {
        return invalid_argument("base64 text is cut short: its length is not a multiple of four");
    }
    if (padding == 1) {
        for (const unsigned shift : {10U, 2U}) bytes.push_back(static_cast<std::byte>(pending >> shift));
    } else if (padding == 2) {
        bytes.push_back(static_cast<std::byte>(pending >> 4U));
    }
    return bytes;
}

}  // namespace isolde::base
