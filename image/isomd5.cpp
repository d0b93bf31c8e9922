// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/isomd5.h"

#include "base/checksum.h"

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

// As isomd5sum has them: the stream is read in chunks, and the checksum so far is noted after the chunk with which a
// new fragment begins.
constexpr std::uint64_t kChunk = 32768;
constexpr std::uint64_t kFragments = 20;
constexpr std::size_t kFragmentDigits = 3;
constexpr std::uint64_t kSector = 2048;
constexpr std::uint64_t kFewestSkipped = 15;
constexpr std::uint64_t kMostSkipped = 64;
constexpr std::uint64_t kSmallestVolume = 1U << 20U;

/// isomd5sum up to 1.2.3 divides by a rounded fragment size, later ones do not round. Both must find the same chunks.
bool is_read_alike(std::uint64_t total) {
    const std::uint64_t rounded = total / (kFragments + 1);
    for (std::uint64_t fragment = 1; fragment <= kFragments; ++fragment) {
        const std::uint64_t exact = (fragment * total + kFragments) / (kFragments + 1);
        const auto first_chunk = [](std::uint64_t from) { return (from + kChunk - 1) / kChunk; };
        if (first_chunk(fragment * rounded) != first_chunk(exact)) {
            return false;
        }
    }
    return true;
}

std::uint64_t choose_skipped(std::uint64_t volume_size) {
    for (std::uint64_t skipped = kFewestSkipped; skipped < kMostSkipped; ++skipped) {
        if (is_read_alike(volume_size - skipped * kSector)) {
            return skipped;
        }
    }
    return kFewestSkipped;
}

/// One digit of each of the first bytes: the first that is printed when leading zeros are not.
std::string fragment_sum(const std::string& hex) {
    std::string sum;
    for (std::size_t i = 0; i < kFragmentDigits; ++i) {
        sum += hex[2 * i] != '0' ? hex[2 * i] : hex[2 * i + 1];
    }
    return sum;
}

struct Sums {
    std::string whole;
    std::string fragments;
};

base::Result<Sums> sum_up(const ByteSource& image, std::uint64_t total) {
    base::Checksum checksum(base::ChecksumAlgorithm::Md5);
    Sums sums;
    base::Bytes buffer(kChunk);
    std::uint64_t previous = 0;
    for (std::uint64_t offset = 0; offset < total; offset += kChunk) {
        const auto chunk = std::span(buffer).first(std::min(kChunk, total - offset));
        TRY(image.read(offset, chunk));
        checksum.update(chunk);
        const std::uint64_t fragment = offset * (kFragments + 1) / total;
        if (fragment != previous) {
            sums.fragments += fragment_sum(checksum.hex());
            previous = fragment;
        }
    }
    sums.whole = checksum.hex();
    return sums;
}

bool holds_sum(std::string_view area) {
    constexpr std::string_view kNames[] = {
        "md5sum=", "sha1sum=", "sha224sum=", "sha256sum=", "sha384sum=", "sha512sum="};
    return std::any_of(std::begin(kNames), std::end(kNames), [&](std::string_view name) {
        const auto at = area.find(name);
        return at == 0 || (at != std::string_view::npos && (area[at - 1] == ';' || area[at - 1] == '\n'));
    });
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

base::Result<base::Bytes> make_isomd5(const ByteSource& image, std::uint64_t volume_size) {
    if (volume_size < kSmallestVolume || volume_size > image.size()) {
        return base::corrupt("the volume of " + std::to_string(volume_size) +
                             " bytes is too small for a checksum, or larger than the image");
    }
    const std::uint64_t skipped = choose_skipped(volume_size);
    const Sums sums = TRY(sum_up(image, volume_size - skipped * kSector));
    const std::string text = "ISO MD5SUM = " + sums.whole + ";SKIPSECTORS = " + std::to_string(skipped) +
                             ";RHLISOSTATUS=0;FRAGMENT SUMS = " + sums.fragments +
                             ";FRAGMENT COUNT = " + std::to_string(kFragments) +
                             ";THIS IS NOT THE SAME AS RUNNING MD5SUM ON THIS ISO!!";
    base::Bytes area(kAreaLength, std::byte{' '});
    const auto bytes = base::as_bytes(text);
    std::copy(bytes.begin(), bytes.end(), area.begin());
    return area;
}

base::Result<std::optional<std::uint64_t>> find_tagmedia(const ByteSource& image, const IsoVolume& volume) {
    const std::uint64_t offset = volume.primary().descriptor_offset + kApplicationArea;
    const auto area = TRY(image.read_bytes(offset, kAreaLength));
    return holds_sum(base::as_text(area)) ? std::optional(offset) : std::nullopt;
}

}  // namespace isolde::image
