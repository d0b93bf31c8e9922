// SPDX-License-Identifier: GPL-3.0-or-later
//
// The application area of a volume descriptor with anything in it, and the checksum of a volume of any size.
#include "base/check.h"
#include "image/isomd5.h"

#include <algorithm>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    using namespace isolde;
    constexpr std::size_t kArea = 883;
    base::Bytes bytes((1U << 20U) + std::min<std::size_t>(size, 2048) * 7, std::byte{' '});
    const auto* const area = reinterpret_cast<const std::byte*>(data);
    std::copy_n(area, std::min<std::size_t>(size, 512), bytes.begin() + kArea);
    const std::size_t image_size = bytes.size();
    const image::MemorySource image(std::move(bytes));
    image::IsoVolume volume;
    volume.trees.emplace_back();
    const auto tag = image::read_isomd5(image, volume);
    ISOLDE_CHECK(tag.ok() && (!*tag || (*tag)->md5.size() == 32));
    ISOLDE_CHECK(image::find_tagmedia(image, volume).ok());
    const auto made = image::make_isomd5(image, image_size);
    ISOLDE_CHECK(made.ok() && made->size() == 512);
    base::Bytes with_tag(kArea, std::byte{0});
    with_tag.insert(with_tag.end(), made->begin(), made->end());
    const auto read = image::read_isomd5(image::MemorySource(std::move(with_tag)), volume);
    ISOLDE_CHECK(read.ok() && *read && (*read)->skip_sectors >= 15);
    return 0;
}
