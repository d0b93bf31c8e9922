// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/classifier.h"
#include "image/udf.h"
#include "sparse_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace isolde::image;
    const fuzz::SparseImage image(data, size);
    static_cast<void>(detect_udf(image));
    static_cast<void>(classify(image));
    return 0;
}
