// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/el_torito.h"
#include "sparse_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace isolde::image;
    const auto image = fuzz::plain_image(data, size);
    for (std::uint32_t block = 0; block < 3; ++block) {
        (void)read_boot_catalog(image, block);
    }
    return 0;
}
