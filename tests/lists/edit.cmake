# SPDX-License-Identifier: GPL-3.0-or-later
isolde_test(unit/edit LINKS vmedia/edit base image)
isolde_test(integration/edit LINKS vmedia/edit base image)
