# SPDX-License-Identifier: GPL-3.0-or-later
isolde_test(integration/media_limits LINKS base TIMEOUT 300)
add_dependencies(test_integration_media_limits isolde)
