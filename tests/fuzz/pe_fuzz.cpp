// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/check.h"
#include "image/pe.h"
#include "sparse_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace isolde::image;
    const auto program = read_pe(fuzz::plain_image(data, size));
    if (program.ok()) {
        ISOLDE_CHECK(program->sections.size() <= 96);
    }
    return 0;
}
