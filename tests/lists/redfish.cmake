# SPDX-License-Identifier: GPL-3.0-or-later
isolde_test(unit/bmc LINKS bmc bmc/testing base base/testing)
