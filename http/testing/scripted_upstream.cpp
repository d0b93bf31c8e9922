// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/testing/scripted_upstream.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>

namespace isolde::http::testing {
namespace {

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
}

base::Result<std::uint16_t> bind_to_free_port(int socket) {
    sockaddr_in address = loopback(0);
    socklen_t length = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(socket, generic, length) != 0 || ::getsockname(socket, generic, &length) != 0) {
        return base::from_errno("cannot bind a loopback port", errno);
    }
    return ntohs(address.sin_port);
}

bool send_all(int socket, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

std::optional<UpstreamRequest> parse_request(std::string_view head) {
    UpstreamRequest request;
    std::size_t end = head.find("\r\n");
    const std::string_view line = head.substr(0, end);
    const std::size_t first = line.find(' ');
    const std::size_t second = line.rfind(' ');
    if (first == std::string_view::npos || second <= first) {
        return std::nullopt;
    }
    request.method = line.substr(0, first);
    request.target = line.substr(first + 1, second - first - 1);
    for (head.remove_prefix(end + 2); !head.empty(); head.remove_prefix(end + 2)) {
        end = head.find("\r\n");
        const std::string_view field = head.substr(0, end);
        const std::size_t colon = std::min(field.find(':'), field.size());
        const std::size_t value = std::min(field.find_first_not_of(' ', colon + 1), field.size());
        request.headers.add(std::string(field.substr(0, colon)), std::string(field.substr(value)));
    }
    return request;
}

std::uint64_t number(std::string_view text) {
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

std::string head_of(const UpstreamReply& reply) {
    std::string head =
        "HTTP/1.1 " + std::to_string(reply.status) + " " + std::string(reason_phrase(reply.status)) + "\r\n";
    for (const auto& [name, value] : reply.headers) {
        head += name + ": " + value + "\r\n";
    }
    if (reply.announce_length && !reply.headers.find("Content-Length")) {
        head += "Content-Length: " + std::to_string(reply.announced_length.value_or(reply.body.size())) + "\r\n";
    }
    return head + "\r\n";
}

/// "bytes=5-" or "bytes=5-9" as [first, last]; nothing for all else.
std::optional<std::pair<std::uint64_t, std::uint64_t>> range_of(const std::string& field, std::uint64_t size) {
    if (!field.starts_with("bytes=") || field.find(',') != std::string::npos || field[6] == '-') {
        return std::nullopt;
    }
    const std::string_view text = std::string_view(field).substr(6);
    const std::size_t dash = text.find('-');
    const std::string_view last = text.substr(dash + 1);
    return std::pair(number(text.substr(0, dash)), last.empty() ? size - 1 : std::min(number(last), size - 1));
}

bool not_modified(const UpstreamRequest& request, const std::string& etag, const std::string& last_modified) {
    if (const auto wanted = request.headers.find("If-None-Match")) {
        return !etag.empty() && *wanted == etag;
    }
    const auto since = request.headers.find("If-Modified-Since");
    return since && !last_modified.empty() && *since == last_modified;
}

}  // namespace

std::uint16_t unused_port() {
    const base::UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    return bind_to_free_port(socket.get()).value();
}

base::Result<std::unique_ptr<ScriptedUpstream>> ScriptedUpstream::start(Handler handler) {
    base::UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const std::uint16_t port = TRY(bind_to_free_port(listener.get()));
    if (::listen(listener.get(), 128) != 0) {
        return base::from_errno("cannot listen", errno);
    }
    return std::unique_ptr<ScriptedUpstream>(new ScriptedUpstream(std::move(handler), std::move(listener), port));
}

ScriptedUpstream::ScriptedUpstream(Handler handler, base::UniqueFd listener, std::uint16_t port)
    : handler_(std::move(handler)), listener_(std::move(listener)), port_(port), stopping_(::eventfd(0, EFD_CLOEXEC)) {
    acceptor_ = std::jthread([this] { accept_all(); });
}

ScriptedUpstream::~ScriptedUpstream() {
    const std::uint64_t one = 1;
    (void)!::write(stopping_.get(), &one, sizeof one);
    acceptor_.join();
    std::list<Connection> connections;
    {
        base::Lock lock(mutex_);
        for (const auto& connection : connections_) {
            ::shutdown(connection.socket.get(), SHUT_RDWR);
        }
        connections.swap(connections_);
    }
    for (auto& connection : connections) {
        connection.thread.join();
    }
}

std::string ScriptedUpstream::url(std::string_view path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + std::string(path);
}

std::vector<UpstreamRequest> ScriptedUpstream::requests() const {
    base::Lock lock(mutex_);
    return requests_;
}

std::size_t ScriptedUpstream::count(std::string_view method, std::string_view target) const {
    base::Lock lock(mutex_);
    return static_cast<std::size_t>(std::count_if(requests_.begin(), requests_.end(), [&](const auto& request) {
        return request.method == method && request.target == target;
    }));
}

std::size_t ScriptedUpstream::connections() const {
    base::Lock lock(mutex_);
    return connections_.size();
}

void ScriptedUpstream::accept_all() {
    for (int number = 1;; ++number) {
        std::array waits{pollfd{listener_.get(), POLLIN, 0}, pollfd{stopping_.get(), POLLIN, 0}};
        ::poll(waits.data(), waits.size(), -1);
        if (waits[1].revents != 0) {
            return;
        }
        base::UniqueFd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!socket) {
            continue;
        }
        const int on = 1;
        ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        base::Lock lock(mutex_);
        Connection& connection = connections_.emplace_back();
        const int raw = socket.get();
        connection.socket = std::move(socket);
        connection.thread = std::jthread([this, raw, number] { serve(raw, number); });
    }
}

/// The descriptor stays open until the upstream goes, so that its number is not reused under a running thread; the
/// connection itself ends here.
void ScriptedUpstream::serve(int socket, int number) {
    std::string input;
    for (int sequence = 1; serve_one(socket, input, number, sequence); ++sequence) {
    }
    ::shutdown(socket, SHUT_RDWR);
}

bool ScriptedUpstream::serve_one(int socket, std::string& input, int number_of_connection, int sequence) {
    std::array<char, 16384> chunk{};
    const auto receive = [&] {
        const ssize_t got = ::recv(socket, chunk.data(), chunk.size(), 0);
        input.append(chunk.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
        return got > 0;
    };
    while (input.find("\r\n\r\n") == std::string::npos) {
        if (!receive()) return false;
    }
    const std::size_t head_end = input.find("\r\n\r\n") + 2;
    auto request = parse_request(std::string_view(input).substr(0, head_end));
    if (!request) return false;
    const std::size_t length = number(request->headers.find("Content-Length").value_or("0"));
    while (input.size() < head_end + 2 + length) {
        if (!receive()) return false;
    }
    request->body = input.substr(head_end + 2, length);
    input.erase(0, head_end + 2 + length);
    request->connection = number_of_connection;
    request->request_on_connection = sequence;
    {
        base::Lock lock(mutex_);
        requests_.push_back(*request);
    }
    const bool wants_close = request->headers.find("Connection").value_or("") == "close";
    return send_reply(socket, handler_(*request), request->method == "HEAD") && !wants_close;
}

bool ScriptedUpstream::send_reply(int socket, const UpstreamReply& reply, bool head_only) {
    if (reply.before) {
        reply.before();
    }
    if (!reply.raw.empty()) {
        send_all(socket, reply.raw);
        return false;
    }
    if (reply.die_at_once) return false;
    if (!send_all(socket, head_of(reply))) return false;
    const bool has_body = !head_only && reply.status != 304 && reply.status != 204;
    return (!has_body || send_body(socket, reply)) && !reply.close_after && reply.announce_length;
}

bool ScriptedUpstream::send_body(int socket, const UpstreamReply& reply) {
    const std::uint64_t size = reply.body.size();
    const std::uint64_t end = std::min({size, reply.die_after.value_or(size), reply.stall_after.value_or(size)});
    const std::size_t step = reply.drip_bytes != 0 ? reply.drip_bytes : std::size_t{1} << 20U;
    for (std::uint64_t at = 0; at < end; at += step) {
        if (!send_all(socket, std::string_view(reply.body).substr(at, std::min<std::uint64_t>(step, end - at))))
            return false;
        if (reply.drip_bytes != 0 && !pause(socket, reply.drip_pause)) return false;
    }
    if (reply.stall_after) {
        pause(socket, std::chrono::hours(1));
        return false;
    }
    return !reply.die_after && !reply.announced_length;
}

/// False when the peer or the upstream went meanwhile.
bool ScriptedUpstream::pause(int socket, base::Duration duration) {
    std::array waits{pollfd{socket, POLLRDHUP, 0}, pollfd{stopping_.get(), POLLIN, 0}};
    const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
    return ::poll(waits.data(), waits.size(), static_cast<int>(milliseconds)) == 0;
}

UpstreamReply serve_file(const UpstreamRequest& request, const std::string& content, const std::string& etag,
                         const std::string& last_modified) {
    UpstreamReply reply;
    reply.headers.add("Accept-Ranges", "bytes");
    if (!etag.empty()) reply.headers.add("ETag", etag);
    if (!last_modified.empty()) reply.headers.add("Last-Modified", last_modified);
    if (not_modified(request, etag, last_modified)) {
        reply.status = 304;
        return reply;
    }
    const auto range = range_of(request.headers.find("Range").value_or(""), content.size());
    const std::string condition = request.headers.find("If-Range").value_or(etag);
    if (!range || (condition != etag && condition != last_modified)) {
        reply.body = content;
    } else if (range->first >= content.size()) {
        reply.status = 416;
        reply.headers.add("Content-Range", "bytes */" + std::to_string(content.size()));
    } else {
        reply.status = 206;
        reply.body = content.substr(range->first, range->second - range->first + 1);
        reply.headers.add("Content-Range", "bytes " + std::to_string(range->first) + "-" +
                                               std::to_string(range->second) + "/" + std::to_string(content.size()));
    }
    return reply;
}

}  // namespace isolde::http::testing
