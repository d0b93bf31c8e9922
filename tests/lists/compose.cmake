# SPDX-License-Identifier: GPL-3.0-or-later
pkg_check_modules(LIBISOFS_READER REQUIRED IMPORTED_TARGET libisofs-1)
isolde_test(unit/compose LINKS base image vmedia/compose)
isolde_test(integration/compose LINKS base image vmedia/edit vmedia/compose THIRD_PARTY PkgConfig::LIBISOFS_READER
            TIMEOUT 300)
# The same program at full length: 320 trees, 32 plans each, 1,024,000 ranges. It takes 100 s of CPU.
add_test(NAME long/compose_properties COMMAND test_integration_compose --gtest_filter=RandomTrees*)
set_tests_properties(long/compose_properties PROPERTIES LABELS long TIMEOUT 3600 ENVIRONMENT
    "ISOLDE_SOURCE_DIR=${CMAKE_SOURCE_DIR};ISOLDE_PROPERTY_TREES=320;ISOLDE_PROPERTY_PLANS=32")
