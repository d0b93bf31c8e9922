# SPDX-License-Identifier: GPL-3.0-or-later
pkg_check_modules(LIBISOFS_READER REQUIRED IMPORTED_TARGET libisofs-1)
isolde_test(unit/compose LINKS base image vmedia/compose)
isolde_test(integration/compose LINKS base image vmedia/edit vmedia/compose THIRD_PARTY PkgConfig::LIBISOFS_READER
            TIMEOUT 300)
# The same program at full length: 320 trees, 33 plans each, 1,056,000 ranges. It takes 100 s of CPU.
isolde_register_test(long/compose_properties COMMAND test_integration_compose --gtest_filter=RandomTrees* LABELS long
                     TIMEOUT 3600 ENVIRONMENT ISOLDE_PROPERTY_TREES=320 ISOLDE_PROPERTY_PLANS=32)
