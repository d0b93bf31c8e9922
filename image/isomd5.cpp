// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/isomd5.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace isolde::image {
namespace {

constexpr std::uint64_t kApplicationArea = 883;
constexpr std::uint64_t kAreaLength = 512;
constexpr std::size_t kDigits = 32;

std::optional<std::string> md5_in(std::string_view area) {
    constexpr std::string_view kLabel = "ISO MD5SUM = ";
    const auto at = area.find(kLabel);
    if (at == std::string_view::npos || area.size() - at < kLabel.size() + kDigits) {
        return std::nullopt;
    }
    const auto digits = area.substr(at + kLabel.size(), kDigits);
    const bool hex =
        std::all_of(digits.begin(), digits.end(), [](unsigned char letter) { return std::isxdigit(letter) != 0; });
    return hex ? std::optional(std::string(digits)) : std::nullopt;
}

std::uint32_t skip_sectors_in(std::string_view area) {
    constexpr std::string_view kLabel = "SKIPSECTORS = ";
    std::uint32_t sectors = 0;
    const auto at = area.find(kLabel);
    if (at != std::string_view::npos) {
        std::from_chars(area.data() + at + kLabel.size(), area.data() + area.size(), sectors);
    }
    return sectors;
}

}  // namespace

base::Result<std::optional<IsoMd5>> read_isomd5(const ByteSource& image, const IsoVolume& volume) {
    const std::uint64_t offset = volume.primary().descriptor_offset + kApplicationArea;
    const auto area = TRY(image.read_bytes(offset, kAreaLength));
    const auto text = base::as_text(area);
    const auto md5 = md5_in(text);
    if (!md5) {
        return std::optional<IsoMd5>();
    }
    return std::optional(IsoMd5{offset, *md5, skip_sectors_in(text)});
}

}  // namespace isolde::image
