// SPDX-License-Identifier: GPL-3.0-or-later
//
// The pool of Redfish BMCs: one service per address and credentials, one lane per BMC.
#pragma once

#include "base/clock.h"
#include "base/waiter.h"
#include "bmc/bmc.h"
#include "http/client/client.h"

#include <memory>
#include <stop_token>

namespace isolde::bmc {

struct RedfishPoolOptions {
    base::Duration request_timeout = std::chrono::seconds(60);  ///< [redfish] request_timeout
    std::stop_token stop;                                       ///< ends waits within calls with Cancelled
};

/// `client`, `clock` and `waiter` must outlive the pool, and the pool every Bmc that it gave. A target whose settings
/// are wrong (address, auth_type) gives a Bmc whose calls all return InvalidArgument. When the pool goes, it logs out
/// of every session within a few seconds, best effort.
std::unique_ptr<BmcPool> make_redfish_pool(http::Client& client, const base::Clock& clock, base::Waiter& waiter,
                                           RedfishPoolOptions options = {});

}  // namespace isolde::bmc
