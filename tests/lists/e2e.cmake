# SPDX-License-Identifier: GPL-3.0-or-later
#
# The real programs together, driven from outside by Debian's python3.
add_executable(conductor_with_stops "${CMAKE_SOURCE_DIR}/tests/support/conductor_with_stops.cpp")
set_target_properties(conductor_with_stops PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
target_link_libraries(conductor_with_stops PRIVATE isolde_warnings Threads::Threads)
isolde_link(conductor_with_stops PRIVATE conductor/daemon)

# Mostly waits: the engine looks at a watched host every 5 s.
add_test(NAME e2e/one_shot COMMAND /usr/bin/python3 "${CMAKE_SOURCE_DIR}/tests/e2e/test_one_shot.py")
set_tests_properties(e2e/one_shot PROPERTIES LABELS "e2e;long" TIMEOUT 300
    ENVIRONMENT "ISOLDE_SOURCE_DIR=${CMAKE_SOURCE_DIR};ISOLDE_BIN_DIR=${CMAKE_BINARY_DIR}/bin;PYTHONDONTWRITEBYTECODE=1")

# Boots a guest.
add_test(NAME e2e/config_drive COMMAND /usr/bin/python3 "${CMAKE_SOURCE_DIR}/tests/e2e/test_config_drive.py")
set_tests_properties(e2e/config_drive PROPERTIES LABELS "e2e;long" TIMEOUT 600
    ENVIRONMENT "ISOLDE_SOURCE_DIR=${CMAKE_SOURCE_DIR};ISOLDE_BIN_DIR=${CMAKE_BINARY_DIR}/bin;PYTHONDONTWRITEBYTECODE=1")

# Guests that boot from a kernel and a ramdisk given by URL: each firmware once, with the label `long` the other two ways of
# the config drive.
add_test(NAME e2e/kernel_deploy COMMAND /usr/bin/python3 "${CMAKE_SOURCE_DIR}/tests/e2e/test_kernel_deploy.py"
    TwoSlots.test_a_bios_guest OneSlot.test_a_uefi_guest)
add_test(NAME e2e/kernel_deploy_others COMMAND /usr/bin/python3 "${CMAKE_SOURCE_DIR}/tests/e2e/test_kernel_deploy.py"
    TwoSlots.test_a_uefi_guest OneSlot.test_a_bios_guest)
set_tests_properties(e2e/kernel_deploy e2e/kernel_deploy_others PROPERTIES LABELS e2e TIMEOUT 600
    ENVIRONMENT "ISOLDE_SOURCE_DIR=${CMAKE_SOURCE_DIR};ISOLDE_BIN_DIR=${CMAKE_BINARY_DIR}/bin;PYTHONDONTWRITEBYTECODE=1")
set_tests_properties(e2e/kernel_deploy_others PROPERTIES LABELS "e2e;long")

foreach(story IN ITEMS failures ironic_client kill operator readers start)
    add_test(NAME e2e/${story} COMMAND /usr/bin/python3 "${CMAKE_SOURCE_DIR}/tests/e2e/test_${story}.py")
    set_tests_properties(e2e/${story} PROPERTIES LABELS e2e TIMEOUT 900
        ENVIRONMENT "ISOLDE_SOURCE_DIR=${CMAKE_SOURCE_DIR};ISOLDE_BIN_DIR=${CMAKE_BINARY_DIR}/bin;PYTHONDONTWRITEBYTECODE=1")
endforeach()

# Composed images of every layout, booted: four of them, or with the label `long` all.
foreach(part IN ITEMS some all)
    add_test(NAME e2e/boot_matrix_${part} COMMAND /usr/bin/python3 "${CMAKE_SOURCE_DIR}/tests/e2e/boot_matrix.py" --${part})
    set_tests_properties(e2e/boot_matrix_${part} PROPERTIES LABELS e2e TIMEOUT 1200 RUN_SERIAL ON
        ENVIRONMENT "ISOLDE_SOURCE_DIR=${CMAKE_SOURCE_DIR};ISOLDE_BIN_DIR=${CMAKE_BINARY_DIR}/bin;PYTHONDONTWRITEBYTECODE=1")
endforeach()
set_tests_properties(e2e/boot_matrix_all PROPERTIES LABELS long TIMEOUT 14400)

# Images made of a kernel and a ramdisk, booted.
add_test(NAME e2e/boot_kernel COMMAND /usr/bin/python3 "${CMAKE_SOURCE_DIR}/tests/e2e/boot_kernel.py" --all)
set_tests_properties(e2e/boot_kernel PROPERTIES LABELS long TIMEOUT 3600 RUN_SERIAL ON
    ENVIRONMENT "ISOLDE_SOURCE_DIR=${CMAKE_SOURCE_DIR};ISOLDE_BIN_DIR=${CMAKE_BINARY_DIR}/bin;PYTHONDONTWRITEBYTECODE=1")

# Composed images of every kind of tree, mounted by a guest.
add_test(NAME e2e/kernel_mounts COMMAND /usr/bin/python3 "${CMAKE_SOURCE_DIR}/tests/e2e/kernel_mounts.py")
set_tests_properties(e2e/kernel_mounts PROPERTIES LABELS e2e TIMEOUT 900 SKIP_RETURN_CODE 77
    ENVIRONMENT "ISOLDE_SOURCE_DIR=${CMAKE_SOURCE_DIR};ISOLDE_BIN_DIR=${CMAKE_BINARY_DIR}/bin;PYTHONDONTWRITEBYTECODE=1")
