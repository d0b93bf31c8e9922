// SPDX-License-Identifier: GPL-3.0-or-later
//
// An image with a manifest of anybody's making behind a sound trailer: reading and undoing end, and write no more than
// the base that it names could hold.
#include "memory_file.h"
#include "vmedia/compose/composer.h"
#include "vmedia/compose/image_edit.h"

namespace isolde::vmedia {
namespace {

constexpr std::size_t kDataBlocks = 4;

/// Four blocks of data, the manifest, and the trailer that leads to it.
base::Bytes image_with(base::ByteView manifest) {
    base::Bytes image(kDataBlocks * kBlockSize, std::byte{'d'});
    image.insert(image.end(), manifest.begin(), manifest.end());
    image.resize(blocks_of(image.size()) * kBlockSize);
    base::Bytes trailer(kBlockSize);
    const auto magic = base::as_bytes("ISOLDE-MANIFEST\n");
    std::copy(magic.begin(), magic.end(), trailer.begin());
    put_little64(trailer, 16, kDataBlocks * kBlockSize);
    put_little64(trailer, 24, manifest.size());
    const base::Bytes digest = base::from_hex(base::sha256(manifest).hex()).value();
    std::copy(digest.begin(), digest.end(), trailer.begin() + 32);
    image.insert(image.end(), trailer.begin(), trailer.end());
    return image;
}

}  // namespace
}  // namespace isolde::vmedia

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    using namespace isolde;
    const image::MemorySource image(vmedia::image_with({reinterpret_cast<const std::byte*>(data), size}));
    static_cast<void>(vmedia::read_manifest(image));
    const base::UniqueFd restored = image::fuzz::new_memory_file();
    const auto undone = vmedia::undo(image, image::fuzz::path_of(restored));
    const auto written = image::FileSource::open(image::fuzz::path_of(restored));
    ISOLDE_CHECK(written.ok() && (*written)->size() <= image.size());
    return 0;
}
