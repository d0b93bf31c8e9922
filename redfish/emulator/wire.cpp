// SPDX-License-Identifier: GPL-3.0-or-later
#include "redfish/emulator/wire.h"

#include "base/check.h"
#include "http/message.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>

namespace isolde::emulator {
namespace {

using base::Result;

constexpr int kTimeoutMilliseconds = 30'000;
constexpr std::size_t kLongestHead = std::size_t{16} << 10U;

using AddressList = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

Result<AddressList> resolve(const Url& url) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int failure = ::getaddrinfo(url.host.c_str(), url.port.c_str(), &hints, &found);
    if (failure != 0) {
        return base::unavailable("cannot resolve " + url.host + ": " + ::gai_strerror(failure));
    }
    return AddressList(found, &::freeaddrinfo);
}

}  // namespace

Cancellation::Cancellation() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    ISOLDE_CHECK(static_cast<bool>(event_));
}

void Cancellation::cancel() {
    cancelled_ = true;
    const std::uint64_t one = 1;
    // Fails only when the counter is full, which wakes waiters as well.
    [[maybe_unused]] const ssize_t written = ::write(event_.get(), &one, sizeof one);
}

Result<Url> parse_url(const std::string& url) {
    constexpr std::string_view kScheme = "http://";
    if (!http::equal_ignoring_case(std::string_view(url).substr(0, kScheme.size()), kScheme)) {
        return base::unsupported("this reader only speaks http://, not " + url.substr(0, url.find(':')) + "://");
    }
    const std::size_t slash = url.find('/', kScheme.size());
    Url parsed;
    parsed.authority = url.substr(kScheme.size(), slash == std::string::npos ? slash : slash - kScheme.size());
    parsed.path = slash == std::string::npos ? "/" : url.substr(slash);
    if (const std::size_t at = parsed.authority.rfind('@'); at != std::string::npos) {
        parsed.authority.erase(0, at + 1);
    }
    const bool bracketed = parsed.authority.starts_with('[');
    const std::size_t host_end = bracketed ? parsed.authority.find(']') : parsed.authority.rfind(':');
    if (bracketed && host_end == std::string::npos) {
        return base::invalid_argument("the URL has a '[' without ']'");
    }
    parsed.host = bracketed ? parsed.authority.substr(1, host_end - 1) : parsed.authority.substr(0, host_end);
    const std::size_t colon = parsed.authority.find(':', bracketed ? host_end : 0);
    parsed.port = colon == std::string::npos ? "80" : parsed.authority.substr(colon + 1);
    if (parsed.host.empty() || parsed.port.empty()) {
        return base::invalid_argument("the URL names no host");
    }
    return parsed;
}

Result<Wire> Wire::connect(const Url& url, const Cancellation& cancellation) {
    const AddressList addresses = TRY(resolve(url));
    base::Error last = base::unavailable("no address for " + url.authority);
    for (const addrinfo* address = addresses.get(); address != nullptr; address = address->ai_next) {
        base::UniqueFd socket(::socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        if (!socket) {
            return base::from_errno("cannot open a socket", errno);
        }
        const int one = 1;
        ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        Wire wire(std::move(socket), cancellation, url.authority);
        int failure = ::connect(wire.socket_.get(), address->ai_addr, address->ai_addrlen) == 0 ? 0 : errno;
        if (failure == EINPROGRESS) {
            TRY(wire.wait_for(POLLOUT));
            socklen_t size = sizeof failure;
            ::getsockopt(wire.socket_.get(), SOL_SOCKET, SO_ERROR, &failure, &size);
        }
        if (failure == 0) {
            return wire;
        }
        last = base::unavailable("cannot connect to " + url.authority + ": " + std::strerror(failure));
    }
    return last;
}

Result<void> Wire::wait_for(short events) const {
    pollfd polled[2] = {{socket_.get(), events, 0}, {cancellation_->fd(), POLLIN, 0}};
    int ready = -1;
    do {
        ready = ::poll(polled, 2, kTimeoutMilliseconds);
    } while (ready < 0 && errno == EINTR);
    if (ready < 0) {
        return base::from_errno("poll", errno);
    }
    if (cancellation_->cancelled()) {
        return base::cancelled("the host lost its power");
    }
    if (ready == 0) {
        return base::timed_out(peer_ + " did not answer within 30 s");
    }
    return {};
}

Result<void> Wire::send(std::string_view text) {
    while (!text.empty()) {
        const ssize_t sent = ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL);
        if (sent >= 0) {
            text.remove_prefix(static_cast<std::size_t>(sent));
        } else if (errno == EAGAIN) {
            TRY(wait_for(POLLOUT));
        } else if (errno != EINTR) {
            return base::unavailable("cannot send to " + peer_ + ": " + std::strerror(errno));
        }
    }
    return {};
}

Result<std::string> Wire::receive(std::size_t limit) {
    std::string buffer(limit, '\0');
    while (true) {
        TRY(wait_for(POLLIN));
        const ssize_t received = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
        if (received >= 0) {
            buffer.resize(static_cast<std::size_t>(received));
            return buffer;
        }
        if (errno != EAGAIN && errno != EINTR) {
            return base::unavailable("cannot receive from " + peer_ + ": " + std::strerror(errno));
        }
    }
}

std::string ResponseHead::field(std::string_view name, bool exact_case) const {
    for (const auto& [key, value] : fields) {
        if (exact_case ? key == name : http::equal_ignoring_case(key, name)) {
            return value;
        }
    }
    return "";
}

namespace {

Result<ResponseHead> parse_head(const std::string& text) {
    ResponseHead head;
    std::size_t begin = 0;
    while (true) {
        const std::size_t end = text.find("\r\n", begin);
        const std::string line = text.substr(begin, end - begin);
        if (line.empty()) {
            break;
        }
        if (begin == 0) {
            head.status_line = line;
        } else if (const std::size_t colon = line.find(':'); colon != std::string::npos) {
            const std::size_t value = line.find_first_not_of(' ', colon + 1);
            head.fields.emplace_back(line.substr(0, colon), value == std::string::npos ? "" : line.substr(value));
        } else {
            return base::corrupt("a response header line has no colon");
        }
        begin = end + 2;
    }
    const std::size_t space = head.status_line.find(' ');
    if (!head.status_line.starts_with("HTTP/1.") || space == std::string::npos) {
        return base::corrupt("the response does not start with an HTTP/1 status line");
    }
    head.status = std::atoi(head.status_line.c_str() + space + 1);
    return head;
}

}  // namespace

Result<ResponseHead> receive_head(Wire& wire) {
    std::string text;
    for (int segments = 1;; ++segments) {
        const std::string piece = TRY(wire.receive(kLongestHead));
        if (piece.empty()) {
            return base::unavailable("the server closed the connection before its response");
        }
        text += piece;
        const std::size_t end = text.find("\r\n\r\n");
        if (end != std::string::npos) {
            ResponseHead head = TRY(parse_head(text.substr(0, end + 4)));
            head.size = end + 4;
            head.in_one_segment = segments == 1;
            head.rest = text.substr(end + 4);
            return head;
        }
        if (text.size() > kLongestHead) {
            return base::corrupt("the response header is larger than 16 KiB");
        }
    }
}

}  // namespace isolde::emulator
