# SPDX-License-Identifier: GPL-3.0-or-later
#
# Reads the sources and the documentation; compiles nothing.
isolde_register_test(unit/tidy COMMAND /usr/bin/python3 "${CMAKE_SOURCE_DIR}/tests/tidy/check.py" LABELS unit TIMEOUT 60
                     ENVIRONMENT PYTHONDONTWRITEBYTECODE=1)
