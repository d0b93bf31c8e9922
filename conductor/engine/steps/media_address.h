// SPDX-License-Identifier: GPL-3.0-or-later
//
// Under which address a BMC reaches the media server.
#pragma once

#include "base/result.h"

#include <string>

namespace isolde::conductor {

/// The numeric local address from which this machine would talk to `host` (name or address), by asking the kernel's
/// routing; nothing is sent. Errors: Unavailable when the host is unknown or there is no route to it.
base::Result<std::string> local_address_towards(const std::string& host);

/// `configured`, when the operator named it; else "http://<local address towards the BMC>:<port>". `bmc_address`: URL.
base::Result<std::string> media_base_url(const std::string& configured, int port, const std::string& bmc_address);

}  // namespace isolde::conductor
