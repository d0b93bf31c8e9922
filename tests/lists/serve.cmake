# SPDX-License-Identifier: GPL-3.0-or-later
isolde_test(unit/serve LINKS vmedia/serve base/testing)
isolde_test(integration/serve LINKS vmedia/serve)
isolde_test(unit/media_serve LINKS conductor/cli/media)
