# SPDX-License-Identifier: GPL-3.0-or-later
isolde_test(unit/emulator LINKS redfish/emulator base/testing)

# Headers only: the programs in that folder belong to other lists.
if(NOT TARGET isolde_tests_support)
    isolde_include_root(tests/support support_root)
    add_library(isolde_tests_support INTERFACE)
    target_include_directories(isolde_tests_support INTERFACE "${support_root}")
    isolde_link(isolde_tests_support INTERFACE base)
endif()
isolde_test(integration/emulator LINKS redfish/emulator http/client tests/support base)
isolde_test(e2e/emulator LINKS redfish/emulator http/client tests/support base TIMEOUT 300 SERIAL)
foreach(layer IN ITEMS integration e2e)
    target_include_directories(test_${layer}_emulator PRIVATE ${CMAKE_SOURCE_DIR}/tests/integration/emulator)
    add_dependencies(test_${layer}_emulator isolde-emulator)
endforeach()
