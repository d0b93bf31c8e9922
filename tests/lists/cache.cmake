# SPDX-License-Identifier: GPL-3.0-or-later
isolde_test(unit/http_client LINKS http/client http/client/testing)
isolde_test(integration/http_client LINKS http/client http/testing base/testing)
isolde_test(unit/cache LINKS cache base/testing)
isolde_test(contract/cache LINKS cache cache/testing http/client/testing base/testing)
# The crash tests fork a process that has threads.
isolde_test(integration/cache LINKS cache http/testing base/testing TIMEOUT 300 ENVIRONMENT TSAN_OPTIONS=die_after_fork=0)
