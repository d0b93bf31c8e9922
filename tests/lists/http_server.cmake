# SPDX-License-Identifier: GPL-3.0-or-later
isolde_test(unit/http_server LINKS http/server)
isolde_test(integration/http_server LINKS http/server)
