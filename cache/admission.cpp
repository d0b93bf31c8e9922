// SPDX-License-Identifier: GPL-3.0-or-later
#include "cache/admission.h"

#include "image/classifier.h"

namespace isolde::cache {
namespace {

/// What no slot of a BMC takes. Other disk images, archives and compressed images have their uses.
bool is_refused(image::ImageKind kind) {
    return kind == image::ImageKind::Unknown || kind == image::ImageKind::Vmdk || kind == image::ImageKind::Luks;
}

std::string looks_like(const image::Classification& content) {
    std::string text =
        content.kind == image::ImageKind::Unknown ? "no known kind of image" : "it looks like " + content.name;
    for (const std::string& reason : content.reasons) {
        text += "; " + reason;
    }
    return text;
}

}  // namespace

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

base::Result<void> check_content(const std::optional<base::Digest>& expected, base::ByteView content,
                                 const std::string& place) {
    if (!expected) {
        return {};
    }
    base::Hasher hasher(expected->algorithm());
    hasher.update(content);
    const base::Digest digest = hasher.finish();
    return check_digest(expected, {.sha256 = digest, .sha512 = digest}, place);
}

Classifier image_classifier() {
    return [](const image::ByteSource& source) -> base::Result<std::string> {
        const image::Classification content = TRY(image::classify(source));
        if (is_refused(content.kind)) {
            return base::corrupt("not an ISO image: " + looks_like(content));
        }
        return content.name;
    };
}

}  // namespace isolde::cache
