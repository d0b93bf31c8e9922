// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/engine/steps/media_address.h"

#include "base/files.h"
#include "conductor/node/deployment_fields.h"

#include <array>
#include <memory>
#include <netdb.h>
#include <sys/socket.h>

namespace isolde::conductor {
namespace {

std::string without_brackets(const std::string& host) {
    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    return bracketed ? host.substr(1, host.size() - 2) : host;
}

}  // namespace

base::Result<std::string> local_address_towards(const std::string& host) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_DGRAM;
    addrinfo* found = nullptr;
    if (getaddrinfo(host.c_str(), "9", &hints, &found) != 0) {
        return base::unavailable("the BMC's host name '" + host + "' cannot be resolved");
    }
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> addresses(found, freeaddrinfo);
    const base::UniqueFd socket(::socket(found->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_storage local{};
    socklen_t size = sizeof(local);
    std::array<char, NI_MAXHOST> text{};
    // Connecting a datagram socket only chooses a route and with it a local address.
    const bool routed = ::connect(socket.get(), found->ai_addr, found->ai_addrlen) == 0 &&
                        ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&local), &size) == 0 &&
                        ::getnameinfo(reinterpret_cast<sockaddr*>(&local), size, text.data(), text.size(), nullptr, 0,
                                      NI_NUMERICHOST) == 0;
    if (!routed) {
        return base::unavailable("there is no route to the BMC's host '" + host + "'; set [media] public_url");
    }
    return std::string(text.data());
}

base::Result<std::string> media_base_url(const std::string& configured, int port, const std::string& bmc_address) {
    if (!configured.empty()) {
        return configured;
    }
    const std::string authority = bmc_authority(bmc_address);
    const std::string host = without_brackets(authority.substr(0, authority.rfind(':')));
    const std::string local = TRY(local_address_towards(host));
    return "http://" + (local.find(':') == std::string::npos ? local : "[" + local + "]") + ":" + std::to_string(port);
}

}  // namespace isolde::conductor
