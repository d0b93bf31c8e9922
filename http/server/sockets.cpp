// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/server/sockets.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>

namespace isolde::http {
namespace {

constexpr int kBacklog = 1024;

struct FreeAddress {
    void operator()(addrinfo* info) const { freeaddrinfo(info); }
};
using Address = std::unique_ptr<addrinfo, FreeAddress>;

void set_option(int socket, int level, int option, int value) {
    // Every option set here improves a connection that works without it.
    static_cast<void>(::setsockopt(socket, level, option, &value, sizeof(value)));
}

base::Result<Address> resolve(const std::string& address, std::uint16_t port) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    if (::getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) {
        return base::invalid_argument("cannot listen on \"" + address + "\": it is no numeric IP address");
    }
    return Address(found);
}

base::Error bind_failure(const std::string& address, std::uint16_t port, int error_number) {
    const std::string where = address + ":" + std::to_string(port);
    switch (error_number) {
        case EADDRINUSE: return base::conflict("cannot listen on " + where + ": the port is taken by another program");
        case EADDRNOTAVAIL:
            return base::invalid_argument("cannot listen on " + where + ": no interface has that address");
        default: return base::from_errno("listening on " + where, error_number);
    }
}

base::Result<base::UniqueFd> bind_socket(const std::string& address, std::uint16_t port, bool share) {
    const Address resolved = TRY(resolve(address, port));
    base::UniqueFd socket(::socket(resolved->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket) {
        return base::from_errno("socket", errno);
    }
    set_option(socket.get(), SOL_SOCKET, SO_REUSEADDR, 1);
    set_option(socket.get(), SOL_SOCKET, SO_REUSEPORT, share ? 1 : 0);
    if (::bind(socket.get(), resolved->ai_addr, resolved->ai_addrlen) != 0) {
        return bind_failure(address, port, errno);
    }
    return socket;
}

base::Result<base::UniqueFd> listening_socket(const std::string& address, std::uint16_t port) {
    base::UniqueFd socket = TRY(bind_socket(address, port, true));
    if (::listen(socket.get(), kBacklog) != 0) {
        return bind_failure(address, port, errno);
    }
    return socket;
}

std::string numeric(const sockaddr_storage& peer) {
    std::array<char, NI_MAXHOST> text{};
    if (::getnameinfo(reinterpret_cast<const sockaddr*>(&peer), sizeof(peer), text.data(), text.size(), nullptr, 0,
                      NI_NUMERICHOST) != 0) {
        return {};
    }
    const std::string address = text.data();
    constexpr std::string_view kMapped = "::ffff:";
    return address.starts_with(kMapped) ? address.substr(kMapped.size()) : address;
}

}  // namespace

base::Result<std::vector<base::UniqueFd>> listen_on(const std::string& address, std::uint16_t port, unsigned count) {
    if (port != 0) {
        // SO_REUSEPORT would share the port with another process of the same user without a word.
        const base::UniqueFd probe = TRY(bind_socket(address, port, false));
    }
    std::vector<base::UniqueFd> sockets;
    sockets.push_back(TRY(listening_socket(address, port)));
    const std::uint16_t chosen = port_of(sockets.front());
    while (sockets.size() < count) {
        sockets.push_back(TRY(listening_socket(address, chosen)));
    }
    return sockets;
}

std::uint16_t port_of(const base::UniqueFd& socket) {
    sockaddr_storage name{};
    socklen_t length = sizeof(name);
    if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&name), &length) != 0) {
        return 0;
    }
    return ntohs(name.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(name).sin6_port
                                            : reinterpret_cast<const sockaddr_in&>(name).sin_port);
}

Accepted accept_from(int listener) {
    sockaddr_storage peer{};
    socklen_t length = sizeof(peer);
    const int socket = ::accept4(listener, reinterpret_cast<sockaddr*>(&peer), &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket < 0) {
        return {.error_number = errno};
    }
    return {base::UniqueFd(socket), numeric(peer), 0};
}

void configure_connection(int socket, base::Duration progress) {
    using std::chrono::milliseconds;
    set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
    const auto timeout = std::chrono::duration_cast<milliseconds>(progress).count();
    set_option(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(timeout));
}

void reset_on_close(int socket) {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    static_cast<void>(::setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)));
}

}  // namespace isolde::http
