// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the boot configurations of an image are to each other: which of them make one menu together, and in which order.
// Pure functions.
#pragma once

#include "vmedia/compose/boot_files.h"

#include <cstddef>
#include <vector>

namespace isolde::vmedia {

/// One element for each file, in the order of the files.
struct MenuRelations {
    std::vector<std::size_t> menu;   ///< number of its menu: files of isolinux that include each other have the same
    std::vector<bool> shared;        ///< of GRUB, and entries of other files stand in the same menu
    std::vector<bool> inner;         ///< of GRUB, and another file reads it inside a submenu
    std::vector<bool> part;          ///< a part of another file's menu, which begins there
    std::vector<std::size_t> order;  ///< the files in the order in which a loader meets their entries
};

/// `files` as read_boot_files gives them, with reports.
MenuRelations relate_menus(const std::vector<BootConfigFile>& files);

}  // namespace isolde::vmedia
