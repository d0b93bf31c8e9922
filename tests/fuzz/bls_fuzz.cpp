// SPDX-License-Identifier: GPL-3.0-or-later
//
// The systemd-boot editors on hostile configurations.
#include "boot_config_properties.h"
#include "vmedia/edit/bls.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    isolde::vmedia::check_config_editor(&isolde::vmedia::edit_bls, data, size);
    isolde::vmedia::check_config_editor(&isolde::vmedia::edit_loader_conf, data, size);
    return 0;
}
