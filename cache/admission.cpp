// SPDX-License-Identifier: GPL-3.0-or-later
#include "cache/admission.h"

#include <algorithm>
#include <array>

namespace isolde::cache {

base::Result<void> check_digest(const std::optional<base::Digest>& expected, const PartFile::Digests& digests,
                                const std::string& place) {
    if (!expected) {
        return {};
    }
    const base::Digest& actual =
        expected->algorithm() == base::DigestAlgorithm::Sha512 ? digests.sha512.value() : digests.sha256;
    if (actual != *expected) {
        return base::corrupt("the content of " + place + " has checksum " + actual.str() + ", expected " +
                             expected->str() + ": correct the checksum, or the image at its source");
    }
    return {};
}

Classifier image_classifier() {
    return [](const image::ByteSource& source) -> base::Result<std::string> {
        std::array<std::byte, 5> magic{};
        const bool readable = source.size() >= 34816 && source.read(32769, magic).ok();
        if (!readable || base::as_text(magic) != "CD001") {
            return base::corrupt("not an ISO image: no volume descriptor at byte 32769");
        }
        return std::string("iso9660");
    };
}

}  // namespace isolde::cache
