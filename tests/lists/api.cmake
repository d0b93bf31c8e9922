# SPDX-License-Identifier: GPL-3.0-or-later
isolde_test(unit/api LINKS conductor/api)
