// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/build/media_reader.h"

#include "image/fat.h"
#include "image/iso9660.h"
#include "vmedia/compose/boot_files.h"

#include <algorithm>
#include <utility>

namespace isolde::vmedia {
namespace {

/// What may still be read.
class Allowance {
  public:
    std::uint64_t left() const { return left_; }
    void use(std::uint64_t bytes) { left_ -= std::min(bytes, left_); }

  private:
    std::uint64_t left_ = kMaxMediaBytes;
};

base::Result<MediaContent> read_iso(const image::ByteSource& image) {
    const image::IsoVolume volume = TRY(image::read_iso9660(image));
    const image::IsoTree& tree = naming_tree(volume);
    MediaContent content{volume.primary().volume_id, {}};
    Allowance allowance;
    TRY(image::walk(
        image, tree,
        [&](const std::string& path, const image::IsoEntry& entry, image::DirectoryLocation) -> base::Result<void> {
            if (entry.is_directory()) {
                return {};
            }
            if (entry.type != image::IsoEntryType::File) {
                return base::unsupported(path + " on the medium is neither a file nor a directory");
            }
            base::Bytes bytes = TRY(image::read_content(image, tree, entry, allowance.left()));
            allowance.use(bytes.size());
            content.files.push_back({path, std::move(bytes)});
            return {};
        }));
    return content;
}

std::string fat_label(const image::FatVolume& volume) {
    std::string label = volume.geometry().volume_label;
    label.erase(label.find_last_not_of(' ') + 1);
    return label;
}

base::Result<MediaContent> read_fat(const image::ByteSource& image) {
    const image::FatVolume volume = TRY(image::FatVolume::open(image));
    MediaContent content{fat_label(volume), {}};
    Allowance allowance;
    TRY(volume.walk([&](const std::string& path, const image::FatEntry& entry) -> base::Result<void> {
        if (!entry.is_directory()) {
            base::Bytes bytes = TRY(volume.read_content(entry, allowance.left()));
            allowance.use(bytes.size());
            content.files.push_back({path, std::move(bytes)});
        }
        return {};
    }));
    return content;
}

}  // namespace

base::Result<MediaContent> read_medium(const image::ByteSource& image) {
    if (image::is_iso9660(image)) {
        return read_iso(image);
    }
    if (image::is_fat(image)) {
        return read_fat(image);
    }
    return base::unsupported("it is neither an ISO 9660 image nor a FAT volume");
}

}  // namespace isolde::vmedia
