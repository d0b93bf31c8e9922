# SPDX-License-Identifier: GPL-3.0-or-later
isolde_test(unit/serve LINKS vmedia/serve base/testing)
