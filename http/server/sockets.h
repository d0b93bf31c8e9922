// SPDX-License-Identifier: GPL-3.0-or-later
//
// TCP sockets: listening ones that share a port, and what is set on accepted ones.
#pragma once

#include "base/clock.h"
#include "base/files.h"
#include "base/result.h"

#include <cstdint>
#include <string>
#include <vector>

namespace isolde::http {

/// `count` non-blocking sockets that listen on one port and share its connections (SO_REUSEPORT). `port` 0: any free
/// one. Errors: InvalidArgument (address), Conflict (port taken), Internal.
base::Result<std::vector<base::UniqueFd>> listen_on(const std::string& address, std::uint16_t port, unsigned count);
/// The port that a listening socket has.
std::uint16_t port_of(const base::UniqueFd& socket);

struct Accepted {
    base::UniqueFd socket;
    std::string peer_address;  ///< numeric; an IPv4 peer of an IPv6 socket shows as IPv4
    int error_number = 0;      ///< when there is no socket; EAGAIN: nobody waits
};
Accepted accept_from(int listener);

/// No delay, keep-alive probes, and an end for peers that vanished: unacknowledged bytes for longer than `progress`.
void configure_connection(int socket, base::Duration progress);
/// A close from now on sends RST, so that the peer cannot take what it has for the whole.
void reset_on_close(int socket);

}  // namespace isolde::http
