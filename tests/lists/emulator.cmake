# SPDX-License-Identifier: GPL-3.0-or-later
isolde_test(unit/emulator LINKS redfish/emulator base/testing)
