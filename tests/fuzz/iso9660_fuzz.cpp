// SPDX-License-Identifier: GPL-3.0-or-later
//
// Whatever the bytes: descriptors, path tables, every directory and every file's runs are read, or refused, in bounds.
#include "image/classifier.h"
#include "image/iso9660.h"
#include "image/isomd5.h"
#include "sparse_input.h"

namespace isolde::image::fuzz {
namespace {

constexpr int kLookUps = 8;

void read_tree(const ByteSource& image, const IsoTree& tree) {
    int looked_up = 0;
    (void)walk(image, tree, [&](const std::string& path, const IsoEntry& entry, DirectoryLocation) {
        (void)content_runs(image, tree, entry);
        (void)read_content(image, tree, entry, 65536);
        if (looked_up++ < kLookUps) {
            (void)find(image, tree, path);
        }
        return base::Result<void>();
    });
    (void)read_path_table(image, tree, tree.path_table_little, PathTableOrder::Little);
    (void)read_path_table(image, tree, tree.path_table_big, PathTableOrder::Big);
}

}  // namespace
}  // namespace isolde::image::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace isolde::image;
    const fuzz::SparseImage image(data, size);
    (void)classify(image);
    const auto volume = read_iso9660(image);
    if (!volume.ok()) {
        return 0;
    }
    (void)read_isomd5(image, *volume);
    for (const IsoTree& tree : volume->trees) {
        fuzz::read_tree(image, tree);
    }
    return 0;
}
