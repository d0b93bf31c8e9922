// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/server/transport.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <algorithm>
#include <array>
#include <climits>

namespace isolde::http {
namespace {

// BMC clients do TLS 1.2 with RSA key exchange and AES-CBC at worst, and send no server name.
constexpr const char* kCiphers =
    "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES:AES128-GCM-SHA256:AES256-GCM-SHA384:AES128-SHA256:AES256-SHA256:"
    "AES128-SHA:AES256-SHA";

struct FreeSsl {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
};
struct FreeContext {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

class TlsTransport final : public Transport {
  public:
    TlsTransport(std::unique_ptr<SSL, FreeSsl> ssl, int socket) : ssl_(std::move(ssl)), socket_(socket) {}

    bool secure() const override { return true; }

    TransferStep handshake() override {
        ERR_clear_error();
        const int outcome = SSL_accept(ssl_.get());
        if (outcome != 1) {
            return failure(outcome);
        }
        kernel_encrypts_ = BIO_get_ktls_send(SSL_get_wbio(ssl_.get()));
        return {Progress::Moved};
    }

    TransferStep read(std::span<char> into) override {
        ERR_clear_error();
        const int count =
            SSL_read(ssl_.get(), into.data(), static_cast<int>(std::min<std::size_t>(into.size(), INT_MAX)));
        return count > 0 ? TransferStep{Progress::Moved, static_cast<std::size_t>(count)} : failure(count);
    }

    /// OpenSSL returns after each record; the caller wants all that the socket takes.
    TransferStep write(std::string_view bytes, bool) override {
        TransferStep total{Progress::Moved, 0};
        while (!bytes.empty()) {
            ERR_clear_error();
            const int length = static_cast<int>(std::min<std::size_t>(bytes.size(), INT_MAX));
            const int count = SSL_write(ssl_.get(), bytes.data(), length);
            if (count <= 0) {
                return total.bytes > 0 ? total : failure(count);
            }
            total.bytes += static_cast<std::size_t>(count);
            bytes.remove_prefix(static_cast<std::size_t>(count));
        }
        return total;
    }

    bool sends_files() const override { return kernel_encrypts_; }

    TransferStep send_file(const FilePiece& piece) override {
        ERR_clear_error();
        const auto count = SSL_sendfile(ssl_.get(), piece.fd, static_cast<off_t>(piece.offset),
                                        static_cast<std::size_t>(piece.length), 0);
        if (count == 0) {
            return {Progress::Ended};
        }
        return count > 0 ? TransferStep{Progress::Moved, static_cast<std::size_t>(count)}
                         : failure(static_cast<int>(count));
    }

    void finish() override {
        ERR_clear_error();
        if (!broken_) {
            // One close_notify; the peer's is not waited for. Either outcome ends with the shutdown below.
            SSL_shutdown(ssl_.get());
        }
        ::shutdown(socket_, SHUT_WR);
    }

  private:
    TransferStep failure(int outcome) {
        switch (SSL_get_error(ssl_.get(), outcome)) {
            case SSL_ERROR_WANT_READ: return {Progress::WantRead};
            case SSL_ERROR_WANT_WRITE: return {Progress::WantWrite};
            case SSL_ERROR_ZERO_RETURN: return {Progress::Ended};
            default: broken_ = true; return {Progress::Failed};
        }
    }

    std::unique_ptr<SSL, FreeSsl> ssl_;
    int socket_;
    bool kernel_encrypts_ = false;
    bool broken_ = false;
};

class OpenSslContext final : public TlsContext {
  public:
    explicit OpenSslContext(std::unique_ptr<SSL_CTX, FreeContext> context) : context_(std::move(context)) {}

    std::unique_ptr<Transport> accept(int socket) override {
        std::unique_ptr<SSL, FreeSsl> ssl(SSL_new(context_.get()));
        if (!ssl || SSL_set_fd(ssl.get(), socket) != 1) {
            return nullptr;
        }
        return std::make_unique<TlsTransport>(std::move(ssl), socket);
    }

  private:
    std::unique_ptr<SSL_CTX, FreeContext> context_;
};

std::string openssl_reason() {
    std::array<char, 256> text{};
    ERR_error_string_n(ERR_get_error(), text.data(), text.size());
    return text.data();
}

void set_protocol(SSL_CTX* context) {
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                     SSL_OP_ENABLE_KTLS | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(context,
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
}

}  // namespace

base::Result<std::unique_ptr<TlsContext>> TlsContext::create(const std::string& certificate, const std::string& key) {
    ERR_clear_error();
    std::unique_ptr<SSL_CTX, FreeContext> context(SSL_CTX_new(TLS_server_method()));
    if (!context || SSL_CTX_set_cipher_list(context.get(), kCiphers) != 1) {
        return base::internal("TLS cannot be set up: " + openssl_reason());
    }
    set_protocol(context.get());
    if (SSL_CTX_use_certificate_chain_file(context.get(), certificate.c_str()) != 1) {
        return base::invalid_argument("TLS certificate " + certificate + " cannot be used: " + openssl_reason());
    }
    if (SSL_CTX_use_PrivateKey_file(context.get(), key.c_str(), SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(context.get()) != 1) {
        return base::invalid_argument("TLS key " + key + " cannot be used with certificate " + certificate + ": " +
                                      openssl_reason());
    }
    return std::unique_ptr<TlsContext>(std::make_unique<OpenSslContext>(std::move(context)));
}

}  // namespace isolde::http
