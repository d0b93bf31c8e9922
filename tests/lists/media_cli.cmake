# SPDX-License-Identifier: GPL-3.0-or-later
isolde_test(integration/media_cli LINKS base)
add_dependencies(test_integration_media_cli isolde)
