# SPDX-License-Identifier: GPL-3.0-or-later
#
# Reads the sources and the documentation; compiles nothing.
add_test(NAME unit/tidy COMMAND /usr/bin/python3 "${CMAKE_SOURCE_DIR}/tests/tidy/check.py")
set_tests_properties(unit/tidy PROPERTIES LABELS unit TIMEOUT 60
    ENVIRONMENT "ISOLDE_SOURCE_DIR=${CMAKE_SOURCE_DIR};PYTHONDONTWRITEBYTECODE=1")
