# SPDX-License-Identifier: GPL-3.0-or-later
#
# The real programs together, driven from outside by Debian's python3.
add_executable(conductor_with_stops "${CMAKE_SOURCE_DIR}/tests/support/conductor_with_stops.cpp")
set_target_properties(conductor_with_stops PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
target_link_libraries(conductor_with_stops PRIVATE isolde_warnings Threads::Threads)
isolde_link(conductor_with_stops PRIVATE conductor/daemon)

# isolde_script(e2e/kill test_kill.py [OPTIONS --all] LABELS … TIMEOUT … [SERIAL]). Labels: `story` for what needs no guest
# and is run under the sanitizers too, `long` for what the default run leaves out.
function(isolde_script path file)
    cmake_parse_arguments(ARG "" "" "OPTIONS" ${ARGN})
    isolde_register_test(${path} COMMAND /usr/bin/python3 "${CMAKE_SOURCE_DIR}/tests/e2e/${file}" ${ARG_OPTIONS}
                         ENVIRONMENT PYTHONDONTWRITEBYTECODE=1 ${ARG_UNPARSED_ARGUMENTS})
endfunction()

foreach(story IN ITEMS failures ironic_client kill operator readers start)
    isolde_script(e2e/${story} test_${story}.py LABELS e2e story TIMEOUT 900)
endforeach()
# Mostly waits: the engine looks at a watched host every 5 s.
isolde_script(e2e/one_shot test_one_shot.py LABELS e2e story long TIMEOUT 300)

# Boots a guest.
isolde_script(e2e/config_drive test_config_drive.py LABELS e2e long TIMEOUT 600)

# Guests that boot from a kernel and a ramdisk given by URL: each firmware once, and the other two ways of the config drive.
isolde_script(e2e/kernel_deploy test_kernel_deploy.py OPTIONS TwoSlots.test_a_bios_guest OneSlot.test_a_uefi_guest
              LABELS e2e TIMEOUT 600)
isolde_script(e2e/kernel_deploy_others test_kernel_deploy.py OPTIONS TwoSlots.test_a_uefi_guest OneSlot.test_a_bios_guest
              LABELS e2e long TIMEOUT 600)

# Composed images of every layout, booted: five of them, or all.
isolde_script(e2e/boot_matrix_some boot_matrix.py OPTIONS --some LABELS e2e TIMEOUT 1200 SERIAL)
isolde_script(e2e/boot_matrix_all boot_matrix.py OPTIONS --all LABELS long TIMEOUT 14400 SERIAL)

# The ISOs in Debian's packages, with something put in, booted.
isolde_script(e2e/boot_debian_isos boot_debian_isos.py LABELS long TIMEOUT 3600 SERIAL)

# Images made of a kernel and a ramdisk, booted.
isolde_script(e2e/boot_kernel boot_kernel.py OPTIONS --all LABELS long TIMEOUT 3600 SERIAL)

# Composed images of every kind of tree, mounted by a guest.
isolde_script(e2e/kernel_mounts kernel_mounts.py LABELS e2e TIMEOUT 900)
set_tests_properties(e2e/kernel_mounts PROPERTIES SKIP_RETURN_CODE 77)
