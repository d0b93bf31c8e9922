# SPDX-License-Identifier: GPL-3.0-or-later
isolde_test(unit/redfish LINKS redfish http/client http/client/testing base base/testing)
isolde_test(unit/bmc LINKS bmc bmc/testing redfish http/client http/client/testing base base/testing)
