// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/udf.h"

#include "image/fields.h"

namespace isolde::image {

UdfDetection detect_udf(const ByteSource& image) {
    constexpr std::uint64_t kFirst = 32768;
    constexpr std::uint64_t kDescriptor = 2048;
    constexpr int kMaxDescriptors = 64;
    UdfDetection detection;
    for (int index = 0; index < kMaxDescriptors; ++index) {
        const auto header = image.read_bytes(kFirst + static_cast<std::uint64_t>(index) * kDescriptor, 6);
        if (!header.ok()) {
            break;
        }
        const std::string id = text_field(*header, 1, 5);
        if (id == "NSR02" || id == "NSR03") {
            detection.revision = id == "NSR02" ? UdfRevision::Nsr02 : UdfRevision::Nsr03;
        } else if (id == "CD001") {
            detection.bridge = true;
        } else if (id != "BEA01" && id != "BOOT2" && id != "TEA01" && id != "CDW02") {
            break;
        }
    }
    detection.bridge = detection.bridge && detection.present();
    return detection;
}

}  // namespace isolde::image
