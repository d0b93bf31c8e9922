// SPDX-License-Identifier: GPL-3.0-or-later
//
// The GRUB editor on hostile configurations: it ends, stays in bounds, and appending then removing loses nothing.
#include "boot_config_properties.h"
#include "vmedia/edit/grub.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    isolde::vmedia::check_config_editor(&isolde::vmedia::edit_grub, data, size);
    return 0;
}
