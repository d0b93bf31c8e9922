// SPDX-License-Identifier: GPL-3.0-or-later
//
// A system use area of anybody's making, whose continuations lead anywhere in the image that it stands in.
#include "base/check.h"
#include "image/rock_ridge.h"
#include "sparse_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace isolde;
    const auto image = image::fuzz::plain_image(data, size);
    const auto area = image.read_bytes(0, std::min<std::size_t>(size, 221)).value();  // a record less its fixed part
    image::ContinuationBudget budget;
    const auto use = image::read_system_use(image, 0, 0, area, budget);
    if (use.ok()) {
        ISOLDE_CHECK(!use->name || use->name->size() <= size * 64);
        ISOLDE_CHECK(use->px_offset < std::max<std::size_t>(size, 1) &&
                     use->cl_offset < std::max<std::size_t>(size, 1));
    }
    return 0;
}
