# SPDX-License-Identifier: GPL-3.0-or-later
isolde_test(unit/redfish LINKS redfish http/client http/client/testing base base/testing)
isolde_test(unit/bmc LINKS bmc bmc/testing redfish http/client http/client/testing base base/testing)
if(TARGET isolde-emulator)
    isolde_test(contract/bmc LINKS bmc bmc/testing redfish http/client tests/support base base/testing)
    add_dependencies(test_contract_bmc isolde-emulator)
endif()
isolde_fuzz(redfish_answer SOURCES tests/fuzz/redfish_answer_fuzz.cpp LINKS redfish)
