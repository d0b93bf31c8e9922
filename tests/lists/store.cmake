# SPDX-License-Identifier: GPL-3.0-or-later
isolde_test(unit/node LINKS conductor/node base/testing)
isolde_test(unit/store LINKS conductor/store base/testing)
isolde_test(contract/store LINKS conductor/store base/testing)
isolde_test(integration/store LINKS conductor/store base/testing)
