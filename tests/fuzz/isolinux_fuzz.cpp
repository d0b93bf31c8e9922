// SPDX-License-Identifier: GPL-3.0-or-later
//
// The isolinux editor on hostile configurations.
#include "boot_config_properties.h"
#include "vmedia/edit/isolinux.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    isolde::vmedia::check_config_editor(&isolde::vmedia::edit_isolinux, data, size);
    return 0;
}
