// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/partition_table.h"
#include "sparse_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace isolde::image;
    (void)read_partition_tables(fuzz::plain_image(data, size));
    return 0;
}
