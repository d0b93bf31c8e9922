# SPDX-License-Identifier: GPL-3.0-or-later
isolde_test(unit/http_client LINKS http/client http/client/testing)
isolde_test(integration/http_client LINKS http/client http/testing base/testing)
