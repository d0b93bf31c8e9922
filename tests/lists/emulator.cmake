# SPDX-License-Identifier: GPL-3.0-or-later
if(NOT TARGET isolde_redfish_emulator)
    return()
endif()
isolde_test(unit/emulator LINKS redfish/emulator base/testing)
