// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/fat_directory.h"

#include "image/fields.h"

namespace isolde::image {
namespace {

constexpr std::size_t kEntry = 32;
constexpr std::uint8_t kEnd = 0x00;
constexpr std::uint8_t kDeleted = 0xe5;
constexpr std::uint8_t kLongName = 0x0f;
constexpr std::uint8_t kVolumeLabel = 0x08;

/// Ties a long name to the short entry after it.
std::uint8_t short_name_checksum(base::ByteView entry) {
    unsigned sum = 0;
    for (std::size_t at = 0; at < 11; ++at) {
        sum = ((sum & 1U) << 7U | sum >> 1U) + field8(entry, at);
        sum &= 0xffU;
    }
    return static_cast<std::uint8_t>(sum);
}

std::string short_part(base::ByteView entry, std::size_t at, std::size_t length, bool lower) {
    std::string part = padded_text(entry, at, length);
    if (at == 0 && !part.empty() && part.front() == '\x05') {
        part.front() = '\xe5';
    }
    for (char& letter : part) {
        const bool upper = letter >= 'A' && letter <= 'Z';
        letter = lower && upper ? static_cast<char>(letter + ('a' - 'A')) : letter;
    }
    return part;
}

/// `flags`: Windows NT's byte that says which half is shown in lower case.
std::string short_name(base::ByteView entry, std::uint8_t flags) {
    const std::string base = short_part(entry, 0, 8, (flags & 0x08U) != 0);
    const std::string extension = short_part(entry, 8, 3, (flags & 0x10U) != 0);
    return extension.empty() ? base : base + "." + extension;
}

base::Bytes name_units(base::ByteView entry) {
    base::Bytes units;
    for (const auto& [at, length] : {std::pair<std::size_t, std::size_t>{1, 10}, {14, 12}, {28, 4}}) {
        const auto part = entry.subspan(at, length);
        units.insert(units.end(), part.begin(), part.end());
    }
    return units;
}

/// Up to the NUL that ends it.
std::string long_name_text(base::ByteView units) {
    std::size_t length = 0;
    while (length + 2 <= units.size() && little16(units, length) != 0) {
        length += 2;
    }
    return utf16_to_utf8(units.first(length), false);
}

/// A name that could be taken for a path or for another directory is shown by its short form.
bool is_plain_name(const std::string& name) {
    return !name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos;
}

}  // namespace

void FatDirectoryParser::forget_long_name() {
    long_name_.clear();
    parts_ = 0;
    expected_ = 0;
}

void FatDirectoryParser::take_long_part(base::ByteView entry) {
    constexpr std::uint8_t kLast = 0x40;
    constexpr std::uint8_t kMaxParts = 20;
    const std::uint8_t ordinal = field8(entry, 0);
    const auto number = static_cast<std::uint8_t>(ordinal & 0x3fU);
    if ((ordinal & kLast) != 0) {
        forget_long_name();
        expected_ = number <= kMaxParts ? number : 0;
        checksum_ = field8(entry, 13);
    }
    if (number == 0 || number != expected_ || field8(entry, 13) != checksum_) {
        forget_long_name();
        return;
    }
    const base::Bytes units = name_units(entry);
    long_name_.insert(long_name_.begin(), units.begin(), units.end());
    ++parts_;
    --expected_;
}

bool FatDirectoryParser::long_name_belongs_to(base::ByteView entry) const {
    return parts_ > 0 && expected_ == 0 && short_name_checksum(entry) == checksum_;
}

void FatDirectoryParser::take_short(base::ByteView entry, std::uint64_t offset) {
    FatEntry result;
    result.attributes = field8(entry, 11);
    result.short_name = short_name(entry, 0);
    result.name = short_name(entry, field8(entry, 12));
    if (long_name_belongs_to(entry)) {
        const std::string name = long_name_text(long_name_);
        result.name = is_plain_name(name) ? name : result.name;
        result.entry_count = parts_ + 1;
    }
    const std::uint32_t high = wide_clusters_ ? little16(entry, 20) : 0U;
    result.first_cluster = high << 16U | little16(entry, 26);
    result.size = result.is_directory() ? 0 : little32(entry, 28);
    result.entry_offset = offset;
    forget_long_name();
    if ((result.attributes & kVolumeLabel) == 0 && is_plain_name(result.short_name)) {
        entries_.push_back(std::move(result));
    }
}

bool FatDirectoryParser::take(base::ByteView bytes, std::uint64_t offset) {
    for (std::size_t at = 0; at + kEntry <= bytes.size(); at += kEntry) {
        const auto entry = bytes.subspan(at, kEntry);
        if (field8(entry, 0) == kEnd) {
            return false;
        }
        if (field8(entry, 0) == kDeleted) {
            forget_long_name();
        } else if ((field8(entry, 11) & 0x3fU) == kLongName) {
            take_long_part(entry);
        } else {
            take_short(entry, offset + at);
        }
    }
    return true;
}

}  // namespace isolde::image
