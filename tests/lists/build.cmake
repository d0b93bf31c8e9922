# SPDX-License-Identifier: GPL-3.0-or-later
isolde_test(unit/build LINKS vmedia/build vmedia/compose image base)
isolde_test(integration/build LINKS vmedia/build vmedia/compose image base)
