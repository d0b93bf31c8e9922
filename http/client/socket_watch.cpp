// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/client/socket_watch.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <cstdint>

namespace isolde::http {
namespace {

constexpr std::size_t kMostAtOnce = 64;

epoll_event interest(int socket, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.fd = socket;
    return event;
}

}  // namespace

base::Result<std::unique_ptr<SocketWatch>> SocketWatch::create() {
    base::UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
    if (!epoll) return base::from_errno("the HTTP client's epoll", errno);
    base::UniqueFd wakeup(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!wakeup) return base::from_errno("the HTTP client's eventfd", errno);
    epoll_event event = interest(wakeup.get(), EPOLLIN);
    if (::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, wakeup.get(), &event) != 0) {
        return base::from_errno("the HTTP client's epoll", errno);
    }
    return std::unique_ptr<SocketWatch>(new SocketWatch(std::move(epoll), std::move(wakeup)));
}

void SocketWatch::watch(int socket, bool to_read, bool to_write) {
    epoll_event event = interest(socket, (to_read ? EPOLLIN : 0U) | (to_write ? EPOLLOUT : 0U));
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, socket, &event) != 0) {
        ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, socket, &event);
    }
}

void SocketWatch::forget(int socket) {
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, socket, nullptr);
}

void SocketWatch::wait(int at_most_ms, std::vector<SocketReadiness>& ready) {
    ready.clear();
    std::array<epoll_event, kMostAtOnce> events{};
    const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), at_most_ms);
    for (int i = 0; i < count; ++i) {
        const epoll_event& event = events[static_cast<std::size_t>(i)];
        if (event.data.fd == wakeup_.get()) {
            std::uint64_t wakes = 0;
            [[maybe_unused]] const auto taken = ::read(wakeup_.get(), &wakes, sizeof wakes);
            continue;
        }
        ready.push_back({event.data.fd, (event.events & EPOLLIN) != 0, (event.events & EPOLLOUT) != 0,
                         (event.events & (EPOLLERR | EPOLLHUP)) != 0});
    }
}

void SocketWatch::wake() {
    const std::uint64_t one = 1;
    // It fails when the counter is full, and a full counter wakes as well.
    [[maybe_unused]] const auto written = ::write(wakeup_.get(), &one, sizeof one);
}

}  // namespace isolde::http
