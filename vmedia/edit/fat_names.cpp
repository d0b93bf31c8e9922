// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/edit/fat_names.h"

#include "base/digest.h"

#include <algorithm>
#include <vector>

namespace isolde::vmedia {
namespace {

constexpr std::size_t kUnitsPerEntry = 13;
constexpr std::uint8_t kLongNameAttributes = 0x0f;
constexpr std::uint32_t kCountedTails = 64;
constexpr std::uint32_t kMaxTail = 999'999;
constexpr std::uint32_t kTailAttempts = 2 * 65536 + kCountedTails;  // as many names as a full directory has
constexpr std::uint16_t kFirstDate = 0x0021;                        // 1980-01-01

bool is_short_character(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("$%'-_@~`!(){}^#&").find(c) != std::string_view::npos;
}

char to_upper(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

std::size_t sequence_length(unsigned char lead) {
    return lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 0;
}

/// Empty when `text` is not UTF-8.
std::vector<std::uint16_t> to_utf16(std::string_view text) {
    std::vector<std::uint16_t> units;
    for (std::size_t at = 0; at < text.size();) {
        const auto lead = static_cast<unsigned char>(text[at]);
        const std::size_t length = sequence_length(lead);
        if (length == 0 || lead > 0xf4 || at + length > text.size()) {
            return {};
        }
        std::uint32_t point = length == 1 ? lead : lead & (0x7fU >> length);
        for (std::size_t i = 1; i < length; ++i) {
            const auto next = static_cast<unsigned char>(text[at + i]);
            if ((next & 0xc0U) != 0x80) {
                return {};
            }
            point = point << 6U | (next & 0x3fU);
        }
        if (point >= 0x10000) {
            units.push_back(static_cast<std::uint16_t>(0xd7c0U + (point >> 10U)));
            units.push_back(static_cast<std::uint16_t>(0xdc00U | (point & 0x3ffU)));
        } else {
            units.push_back(static_cast<std::uint16_t>(point));
        }
        at += length;
    }
    return units;
}

std::uint8_t checksum_of(const ShortName& name) {
    std::uint8_t sum = 0;
    for (const char c : name) {
        sum = static_cast<std::uint8_t>((sum << 7U | sum >> 1U) + static_cast<unsigned char>(c));
    }
    return sum;
}

struct NameParts {
    std::string base;
    std::string extension;
};

NameParts split_extension(std::string_view name) {
    const std::size_t dot = name.rfind('.');
    if (dot == std::string_view::npos || dot == 0) {
        return {std::string(name), ""};
    }
    return {std::string(name.substr(0, dot)), std::string(name.substr(dot + 1))};
}

/// Upper case, other characters than those of 8.3 names as '_', blanks and dots left out.
std::string squeeze(std::string_view part) {
    std::string result;
    for (const char c : part) {
        if (c != ' ' && c != '.') {
            result += is_short_character(to_upper(c)) ? to_upper(c) : '_';
        }
    }
    return result;
}

ShortName pad(std::string_view base, std::string_view extension) {
    ShortName name;
    name.fill(' ');
    std::copy_n(base.begin(), std::min<std::size_t>(base.size(), 8), name.begin());
    std::copy_n(extension.begin(), std::min<std::size_t>(extension.size(), 3), name.begin() + 8);
    return name;
}

/// The number behind '~': counted at first, then from a place that differs by name.
std::uint32_t tail_number(std::string_view name, std::uint32_t attempt) {
    if (attempt <= kCountedTails) {
        return attempt;
    }
    const std::uint32_t places = kMaxTail - kCountedTails;
    return kCountedTails + 1 + (base::crc32(base::as_bytes(name)) % places + attempt) % places;
}

void put16(base::Bytes& bytes, std::size_t at, std::uint32_t value) {
    bytes[at] = static_cast<std::byte>(value & 0xffU);
    bytes[at + 1] = static_cast<std::byte>(value >> 8U & 0xffU);
}

/// Long-name entry number `number`, counted from 1.
base::Bytes make_long_entry(const std::vector<std::uint16_t>& units, std::size_t number, bool last,
                            std::uint8_t checksum) {
    static constexpr std::array<std::size_t, kUnitsPerEntry> kPlaces = {1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30};
    base::Bytes entry(kFatEntrySize);
    entry[0] = static_cast<std::byte>(number | (last ? 0x40U : 0U));
    entry[11] = static_cast<std::byte>(kLongNameAttributes);
    entry[13] = static_cast<std::byte>(checksum);
    for (std::size_t i = 0; i < kUnitsPerEntry; ++i) {
        const std::size_t index = (number - 1) * kUnitsPerEntry + i;
        const std::uint32_t unit = index < units.size() ? units[index] : index == units.size() ? 0U : 0xffffU;
        put16(entry, kPlaces[i], unit);
    }
    return entry;
}

}  // namespace

base::Result<void> check_fat_name(std::string_view name) {
    const auto refused = [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7f ||
               std::string_view("\"*:<>?\\|/").find(c) != std::string_view::npos;
    };
    const std::size_t units = to_utf16(name).size();
    if (units == 0 || units > 255 || std::any_of(name.begin(), name.end(), refused) || name.ends_with(' ') ||
        name.ends_with('.')) {
        return base::invalid_argument("\"" + std::string(name.substr(0, 255)) + "\" is no file name for a FAT volume");
    }
    return {};
}

bool is_short_name(std::string_view name) {
    const NameParts parts = split_extension(name);
    const bool fits = !parts.base.empty() && parts.base.size() <= 8 && parts.extension.size() <= 3;
    return fits && std::all_of(parts.base.begin(), parts.base.end(), is_short_character) &&
           std::all_of(parts.extension.begin(), parts.extension.end(), is_short_character);
}

std::string displayed(const ShortName& name) {
    const auto trimmed = [](std::string_view part) { return std::string(part.substr(0, part.find(' '))); };
    const std::string_view all(name.data(), name.size());
    const std::string extension = trimmed(all.substr(8));
    return trimmed(all.substr(0, 8)) + (extension.empty() ? "" : "." + extension);
}

base::Result<ShortName> choose_short_name(std::string_view name, const NameIsTaken& taken) {
    std::string upper(name);
    std::transform(upper.begin(), upper.end(), upper.begin(), to_upper);
    if (is_short_name(upper) && !TRY(taken(upper))) {
        const NameParts parts = split_extension(upper);
        return pad(parts.base, parts.extension);
    }
    const NameParts parts = split_extension(name);
    const std::string base = squeeze(parts.base);
    const std::string extension = squeeze(parts.extension).substr(0, 3);
    for (std::uint32_t attempt = 1; attempt <= kTailAttempts; ++attempt) {
        const std::string tail = "~" + std::to_string(tail_number(name, attempt));
        const ShortName candidate = pad(base.substr(0, 8 - tail.size()) + tail, extension);
        if (!TRY(taken(displayed(candidate)))) {
            return candidate;
        }
    }
    return base::exhausted("no short name is left for \"" + std::string(name) + "\"");
}

base::Bytes make_short_entry(const ShortName& short_name, const FatEntryFields& fields) {
    base::Bytes entry(kFatEntrySize);
    std::transform(short_name.begin(), short_name.end(), entry.begin(),
                   [](char c) { return static_cast<std::byte>(c); });
    entry[11] = static_cast<std::byte>(fields.attributes);
    for (const std::size_t date : {16U, 18U, 24U}) {
        put16(entry, date, kFirstDate);
    }
    put16(entry, 20, fields.first_cluster >> 16U);
    put16(entry, 26, fields.first_cluster & 0xffffU);
    put16(entry, 28, fields.size & 0xffffU);
    put16(entry, 30, fields.size >> 16U);
    return entry;
}

base::Bytes make_fat_entries(std::string_view name, const ShortName& short_name, const FatEntryFields& fields) {
    base::Bytes entries;
    if (!is_short_name(name)) {
        const std::vector<std::uint16_t> units = to_utf16(name);
        const std::size_t count = (units.size() + kUnitsPerEntry - 1) / kUnitsPerEntry;
        for (std::size_t number = count; number >= 1; --number) {
            const base::Bytes entry = make_long_entry(units, number, number == count, checksum_of(short_name));
            entries.insert(entries.end(), entry.begin(), entry.end());
        }
    }
    const base::Bytes entry = make_short_entry(short_name, fields);
    entries.insert(entries.end(), entry.begin(), entry.end());
    return entries;
}

}  // namespace isolde::vmedia
