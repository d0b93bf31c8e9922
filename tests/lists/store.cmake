# SPDX-License-Identifier: GPL-3.0-or-later
isolde_test(unit/node LINKS conductor/node base/testing)
