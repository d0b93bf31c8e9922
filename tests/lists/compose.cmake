# SPDX-License-Identifier: GPL-3.0-or-later
isolde_test(unit/compose LINKS base image vmedia/compose)
isolde_test(integration/compose LINKS base image vmedia/edit vmedia/compose TIMEOUT 300)
