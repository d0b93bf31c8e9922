# SPDX-License-Identifier: GPL-3.0-or-later
isolde_test(unit/image LINKS base image)
isolde_test(integration/image LINKS base image)
