// SPDX-License-Identifier: GPL-3.0-or-later
//
// Telling systemd how far we are, by the datagram protocol of sd_notify(3).
#pragma once

#include <string>

namespace isolde::conductor {

/// Sends "READY=1" or the like to $NOTIFY_SOCKET. Without one, or when it cannot be reached, nothing happens.
void tell_service_manager(const std::string& state);

}  // namespace isolde::conductor
