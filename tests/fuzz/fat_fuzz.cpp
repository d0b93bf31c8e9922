// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/fat.h"
#include "sparse_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace isolde::image;
    const auto source = fuzz::plain_image(data, size);
    const auto fat = FatVolume::open(source);
    if (!fat.ok()) {
        return 0;
    }
    (void)fat->walk([&](const std::string& path, const FatEntry& entry) {
        (void)fat->read_content(entry, 65536);
        (void)fat->directory_runs(entry.first_cluster);
        if (path.size() < 64) {
            (void)fat->find(path);
        }
        return isolde::base::Result<void>();
    });
    return 0;
}
