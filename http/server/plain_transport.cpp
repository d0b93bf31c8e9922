// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/server/transport.h"

#include <sys/sendfile.h>
#include <sys/socket.h>
#include <algorithm>
#include <cerrno>

namespace isolde::http {
namespace {

TransferStep failure(int error_number, Progress when_blocked) {
    return {error_number == EAGAIN || error_number == EWOULDBLOCK ? when_blocked : Progress::Failed};
}

class PlainTransport final : public Transport {
  public:
    explicit PlainTransport(int socket) : socket_(socket) {}

    bool secure() const override { return false; }
    TransferStep handshake() override { return {Progress::Moved}; }

    TransferStep read(std::span<char> into) override {
        ssize_t count = 0;
        do {
            count = ::recv(socket_, into.data(), into.size(), 0);
        } while (count < 0 && errno == EINTR);
        if (count < 0) {
            return failure(errno, Progress::WantRead);
        }
        return count == 0 ? TransferStep{Progress::Ended} : TransferStep{Progress::Moved, static_cast<std::size_t>(count)};
    }

    TransferStep write(std::string_view bytes, bool more) override {
        const int flags = MSG_NOSIGNAL | (more ? MSG_MORE : 0);
        ssize_t count = 0;
        do {
            count = ::send(socket_, bytes.data(), bytes.size(), flags);
        } while (count < 0 && errno == EINTR);
        return count < 0 ? failure(errno, Progress::WantWrite)
                         : TransferStep{Progress::Moved, static_cast<std::size_t>(count)};
    }

    bool sends_files() const override { return true; }

    TransferStep send_file(const FilePiece& piece) override {
        auto offset = static_cast<off_t>(piece.offset);
        ssize_t count = 0;
        do {
            count = ::sendfile(socket_, piece.fd, &offset, piece.length);
        } while (count < 0 && errno == EINTR);
        if (count < 0) {
            return failure(errno, Progress::WantWrite);
        }
        return count == 0 ? TransferStep{Progress::Ended} : TransferStep{Progress::Moved, static_cast<std::size_t>(count)};
    }

    void finish() override { ::shutdown(socket_, SHUT_WR); }

  private:
    int socket_;
};

}  // namespace

std::unique_ptr<Transport> make_plain_transport(int socket) {
    return std::make_unique<PlainTransport>(socket);
}

}  // namespace isolde::http
