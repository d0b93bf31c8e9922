# SPDX-License-Identifier: GPL-3.0-or-later
isolde_test(integration/boot_files LINKS base image vmedia/compose)
