// SPDX-License-Identifier: GPL-3.0-or-later
//
// Images that are made to cost: each claims as much as its format lets it of one thing.
#pragma once

#include <string>
#include <vector>

namespace isolde::tests {

struct HostileImage {
    std::string name;  ///< what there is too much of
    void (*write)(const std::string& path);
};

const std::vector<HostileImage>& hostile_images();

/// An image that is only large: /many holds `files` files; it boots by GRUB and isolinux.
void write_benign_image(const std::string& path, unsigned files);

/// An image whose EFI partition has `files` files in its root directory.
void write_efi_files(const std::string& path, unsigned files);

}  // namespace isolde::tests
