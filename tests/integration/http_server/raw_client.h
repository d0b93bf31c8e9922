// SPDX-License-Identifier: GPL-3.0-or-later
//
// A TCP client that says exactly what a test wants, byte by byte, and sees how the connection ends.
#pragma once

#include "base/files.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace isolde::http::testing {

enum class End { Open, Fin, Reset };

class RawClient {
  public:
    /// `receive_buffer` 0: the kernel's choice.
    explicit RawClient(std::uint16_t port, int receive_buffer = 0)
        : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        if (receive_buffer > 0) {
            ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
        }
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected_ = ::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
    }

    bool connected() const { return connected_; }
    /// False when the peer has closed.
    bool send(std::string_view bytes) {
        return ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
    }
    /// Reads until `text` holds `until`, the connection ends or `patience` is over. What was read is kept in text().
    End read_until(std::string_view until, std::chrono::milliseconds patience = std::chrono::seconds(10)) {
        const auto give_up = std::chrono::steady_clock::now() + patience;
        while (end_ == End::Open && (until.empty() || text_.find(until) == std::string::npos)) {
            const auto left =
                std::chrono::duration_cast<std::chrono::milliseconds>(give_up - std::chrono::steady_clock::now());
            pollfd waiting{socket_.get(), POLLIN, 0};
            if (left.count() <= 0 || ::poll(&waiting, 1, static_cast<int>(left.count())) == 0) {
                break;
            }
            read_some();
        }
        return end_;
    }
    End read_to_end(std::chrono::milliseconds patience = std::chrono::seconds(10)) { return read_until("", patience); }
    /// Reads one response with Content-Length and takes it away from text(): header and body.
    std::string read_response(bool has_body = true) {
        read_until("\r\n\r\n");
        const auto header = text_.find("\r\n\r\n");
        if (header == std::string::npos) {
            return {};
        }
        std::size_t wanted = header + 4;
        const auto length = text_.find("Content-Length: ");
        if (has_body && length < header) {
            wanted += std::stoull(text_.substr(length + 16));
        }
        while (text_.size() < wanted && end_ == End::Open) {
            read_some();
        }
        const std::string response = text_.substr(0, wanted);
        text_.erase(0, wanted);
        return response;
    }
    const std::string& text() const { return text_; }
    void finish_sending() { ::shutdown(socket_.get(), SHUT_WR); }
    /// Goes away with RST.
    void abort() {
        const linger at_once{1, 0};
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
        socket_ = base::UniqueFd();
    }

    /// One read of at most 64 KiB, however long it takes.
    End read_some() {
        std::array<char, 65536> buffer{};
        const ssize_t count = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
        if (count > 0) {
            text_.append(buffer.data(), static_cast<std::size_t>(count));
        } else if (count == 0) {
            end_ = End::Fin;
        } else if (errno != EINTR) {
            end_ = End::Reset;
        }
        return end_;
    }

  private:
    base::UniqueFd socket_;
    bool connected_ = false;
    End end_ = End::Open;
    std::string text_;
};

}  // namespace isolde::http::testing
