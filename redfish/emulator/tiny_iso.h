// SPDX-License-Identifier: GPL-3.0-or-later
//
// Just enough of ECMA-119, Rock Ridge and El Torito to find boot files. Bounded in sizes, depth and counts.
#pragma once

#include "redfish/emulator/boot_walk.h"

namespace isolde::emulator {

class TinyIso {
  public:
    /// Reads the volume descriptors. Errors: Corrupt (no ISO 9660), those of ImageReader::read.
    static base::Result<TinyIso> open(ImageReader& image);

    /// Reads the boot catalog and gives the boot image for `mode`. Errors: NotFound, Corrupt.
    base::Result<Extent> boot_image(BootMode mode);
    /// A file by its path, letters compared without regard to case. Errors: NotFound, Corrupt.
    base::Result<Extent> find(const std::string& path);
    /// The file that starts at `offset`, in the directories where boot loaders live. Errors: NotFound.
    base::Result<Extent> file_at(std::uint64_t offset);
    base::Result<base::Bytes> read(Extent extent);
    /// Names of the files in a directory, empty where there is none.
    std::vector<std::string> names_in(const std::string& directory);

  private:
    struct Entry {
        std::string name;
        Extent extent;
        bool directory = false;
    };
    TinyIso(ImageReader& image, Extent root, std::uint64_t catalog) : image_(&image), root_(root), catalog_(catalog) {}
    base::Result<std::vector<Entry>> list(Extent directory);
    base::Result<Entry> lookup(const std::string& path);
    base::Result<Extent> with_firmware_size(Extent image, BootMode mode);

    ImageReader* image_;
    Extent root_;
    std::uint64_t catalog_;  ///< byte offset; 0: none
};

}  // namespace isolde::emulator
