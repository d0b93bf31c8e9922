// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/client/transfer.h"

#include "http/client/transfer_error.h"

#include <curl/curl.h>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>
#include <charconv>

namespace isolde::http {
namespace {

constexpr std::size_t kReadAhead = 4U << 20U;
constexpr std::size_t kHeadBytesMax = 64U << 10U;
constexpr std::size_t kHeadFieldsMax = 256;
constexpr long kStallBytesPerSecond = 1024;
constexpr auto kLongestWait = std::chrono::hours(1);
constexpr long kStreamBufferBytes = 256L << 10U;
constexpr long kAnswerBufferBytes = 16L << 10U;

Transfer& self(void* data) {
    return *static_cast<Transfer*>(data);
}

std::size_t header_callback(char* bytes, std::size_t size, std::size_t count, void* data) {
    return self(data).on_header({bytes, size * count});
}

std::size_t write_callback(char* bytes, std::size_t size, std::size_t count, void* data) {
    return self(data).on_body({bytes, size * count});
}

std::string numeric_address(const sockaddr& address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const void* bytes = address.sa_family == AF_INET
                            ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in&>(address).sin_addr)
                            : &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
    const bool known = address.sa_family == AF_INET || address.sa_family == AF_INET6;
    return known && inet_ntop(address.sa_family, bytes, text.data(), text.size()) != nullptr ? text.data() : "";
}

curl_socket_t open_socket_callback(void* data, curlsocktype, curl_sockaddr* address) {
    if (!self(data).on_address(numeric_address(address->addr))) {
        return CURL_SOCKET_BAD;
    }
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

int request_ready_callback(void* data, char* peer_address, char*, int, int) {
    return self(data).on_request_ready(peer_address) ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

long milliseconds(base::Duration duration) {
    return std::max<long>(1, std::chrono::duration_cast<std::chrono::milliseconds>(duration).count());
}

long seconds_rounded_up(base::Duration duration) {
    return std::max<long>(1, std::chrono::ceil<std::chrono::seconds>(duration).count());
}

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    const std::size_t last = text.find_last_not_of(" \t\r\n");
    return first == std::string_view::npos ? std::string_view() : text.substr(first, last - first + 1);
}

/// "HTTP/1.1 206 Partial Content" → 206.
int status_of(std::string_view line) {
    int status = 0;
    const std::size_t space = std::min(line.find(' '), line.size() - 1);
    std::from_chars(line.data() + space + 1, line.data() + line.size(), status);
    return status;
}

}  // namespace

Transfer::Transfer(Hop hop, TransferOptions options, const AddressPolicy& policy)
    : hop_(std::move(hop)), options_(std::move(options)), policy_(policy) {}

Transfer::~Transfer() {
    curl_easy_cleanup(easy_);
    curl_slist_free_all(static_cast<curl_slist*>(fields_));
}

template <typename T>
void Transfer::set(int option, T value) {
    if (first_setting_error_ == CURLE_OK) {
        first_setting_error_ = curl_easy_setopt(easy_, static_cast<CURLoption>(option), value);
    }
}

base::Result<void*> Transfer::prepare() {
    easy_ = curl_easy_init();
    if (easy_ == nullptr) {
        return base::internal("libcurl cannot make a transfer: out of memory");
    }
    set_callbacks();
    set_limits();
    set_request();
    set_body();
    set_tls();
    if (first_setting_error_ != CURLE_OK) {
        return translate(first_setting_error_);
    }
    return easy_;
}

void Transfer::set_callbacks() {
    set(CURLOPT_PRIVATE, static_cast<void*>(this));
    set(CURLOPT_ERRORBUFFER, error_text_.data());
    set(CURLOPT_HEADERFUNCTION, &header_callback);
    set(CURLOPT_HEADERDATA, static_cast<void*>(this));
    set(CURLOPT_WRITEFUNCTION, &write_callback);
    set(CURLOPT_WRITEDATA, static_cast<void*>(this));
    set(CURLOPT_OPENSOCKETFUNCTION, &open_socket_callback);
    set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
    set(CURLOPT_PREREQFUNCTION, &request_ready_callback);
    set(CURLOPT_PREREQDATA, static_cast<void*>(this));
}

void Transfer::set_limits() {
    set(CURLOPT_NOSIGNAL, 1L);
    // A name server that does not answer must not hold up the loop when its transfer is given up.
    set(CURLOPT_QUICK_EXIT, 1L);
    set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds(options_.connect_timeout));
    set(CURLOPT_LOW_SPEED_LIMIT, kStallBytesPerSecond);
    set(CURLOPT_LOW_SPEED_TIME, seconds_rounded_up(options_.stall_timeout));
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_PROXY, "");
    set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_HTTP09_ALLOWED, 0L);
    set(CURLOPT_BUFFERSIZE, options_.streamed ? kStreamBufferBytes : kAnswerBufferBytes);
    set(CURLOPT_TCP_KEEPALIVE, 1L);
    set(CURLOPT_MAXAGE_CONN, 60L);
    set(CURLOPT_FRESH_CONNECT, options_.fresh_connection || options_.close_connection ? 1L : 0L);
    set(CURLOPT_FORBID_REUSE, options_.close_connection ? 1L : 0L);
}

void Transfer::add_field(const std::string& line) {
    fields_ = curl_slist_append(static_cast<curl_slist*>(fields_), line.c_str());
}

void Transfer::set_request() {
    set(CURLOPT_URL, to_string(hop_.url).c_str());
    set(CURLOPT_USERAGENT, options_.user_agent.c_str());
    for (const auto& [name, value] : hop_.headers) {
        // libcurl's way to write a field without a value is a semicolon.
        add_field(value.empty() ? name + ";" : name + ": " + value);
    }
    if (options_.close_connection) {
        add_field("Connection: close");
    }
    add_field("Expect:");
    if (hop_.credentials) {
        set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
        set(CURLOPT_USERNAME, hop_.credentials->user.c_str());
        set(CURLOPT_PASSWORD, hop_.credentials->password.reveal().c_str());
    }
}

void Transfer::set_body() {
    const bool carries_body = hop_.body || hop_.method == "POST" || hop_.method == "PUT" || hop_.method == "PATCH";
    if (carries_body) {
        const std::string& body = hop_.body ? *hop_.body : std::string();
        set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
        set(CURLOPT_COPYPOSTFIELDS, body.c_str());
        if (!hop_.headers.find("Content-Type")) {
            add_field("Content-Type:");
        }
    }
    if (hop_.method == "HEAD") {
        set(CURLOPT_NOBODY, 1L);
    } else {
        set(CURLOPT_CUSTOMREQUEST, hop_.method.c_str());
    }
    set(CURLOPT_HTTPHEADER, static_cast<curl_slist*>(fields_));
}

void Transfer::set_tls() {
    set(CURLOPT_SSL_VERIFYPEER, options_.verify_tls ? 1L : 0L);
    set(CURLOPT_SSL_VERIFYHOST, options_.verify_tls ? 2L : 0L);
    if (!options_.ca_file.empty()) {
        set(CURLOPT_CAINFO, options_.ca_file.c_str());
        set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
    }
}

std::size_t Transfer::on_header(std::string_view line) {
    head_bytes_ += line.size();
    if (head_bytes_ > kHeadBytesMax || ++head_fields_ > kHeadFieldsMax) {
        own_error_ =
            base::exhausted(host_and_port(hop_.url) + " sends a response header of more than 64 KiB or 256 fields");
        return 0;
    }
    if (head_complete_) {
        return line.size();  // a trailer
    }
    if (line.starts_with("HTTP/")) {
        incoming_ = ResponseHead{.status = status_of(line), .headers = {}};
    } else if (const std::size_t colon = line.find(':'); colon != std::string_view::npos) {
        incoming_.headers.add(std::string(trimmed(line.substr(0, colon))),
                              std::string(trimmed(line.substr(colon + 1))));
    } else if (trimmed(line).empty() && incoming_.status >= 200) {
        head_complete_ = true;
        base::Lock lock(mutex_);
        head_ = std::move(incoming_);
        tell_progress();
    }
    return line.size();
}

std::size_t Transfer::on_body(std::string_view bytes) {
    if (body_bytes_ + bytes.size() > options_.response_limit.bytes()) {
        own_error_ = base::exhausted(host_and_port(hop_.url) + " sends more than the " +
                                     base::to_string(options_.response_limit) + " that are accepted");
        return 0;
    }
    base::Lock lock(mutex_);
    if (buffer_.size() + bytes.size() > kReadAhead) {
        paused_ = true;
        changed_.notify_all();
        return CURL_WRITEFUNC_PAUSE;
    }
    body_bytes_ += bytes.size();
    const auto view = base::as_bytes(bytes);
    buffer_.insert(buffer_.end(), view.begin(), view.end());
    tell_progress();
    return bytes.size();
}

void Transfer::tell_progress() {
    if (options_.streamed) {
        changed_.notify_all();
    }
}

bool Transfer::has_news() const {
    return ended_ || paused_ || (options_.streamed && (head_ || !buffer_.empty()));
}

bool Transfer::on_address(std::string_view address) {
    auto allowed = check_address(policy_, address);
    if (!allowed) {
        refusal_ = std::move(allowed).error();
        return false;
    }
    return true;
}

/// libcurl repeats any request by itself, a POST as well, when a reused connection dies before the first byte of the
/// answer. What must not be done twice is stopped here.
bool Transfer::on_request_ready(std::string_view address) {
    if (!on_address(address)) {
        own_error_ = refused();
        return false;
    }
    const int allowed_times = is_idempotent(hop_.method) ? 2 : 1;
    if (times_sent_ == allowed_times) {
        own_error_ =
            base::unavailable(host_and_port(hop_.url) + " closed the connection without an answer to " + hop_.method);
        return false;
    }
    ++times_sent_;
    return true;
}

base::Error Transfer::refused() const {
    return base::unauthorized(host_and_port(hop_.url) + ": " + refusal_->message);
}

base::Error Transfer::translate(int curl_code) const {
    const bool found_no_allowed_address = refusal_ && times_sent_ == 0;
    base::Error error = own_error_                 ? *own_error_
                        : found_no_allowed_address ? refused()
                                                   : transfer_error(curl_code, {.peer = host_and_port(hop_.url),
                                                                                .detail = error_text_.data(),
                                                                                .ca_file = options_.ca_file,
                                                                                .request_was_sent = times_sent_ > 0});
    return times_sent_ > 0 ? error : std::move(error).with_context(kBeforeRequestWasSent);
}

bool Transfer::may_repeat(int curl_code) const {
    const bool died = curl_code == CURLE_GOT_NOTHING || curl_code == CURLE_RECV_ERROR || curl_code == CURLE_SEND_ERROR;
    long new_connections = 0;
    curl_easy_getinfo(easy_, CURLINFO_NUM_CONNECTS, &new_connections);
    return died && times_sent_ == 1 && new_connections == 0 && head_bytes_ == 0 && is_idempotent(hop_.method);
}

void Transfer::finish(int curl_code) {
    std::optional<base::Error> error;
    if (curl_code != CURLE_OK) {
        error = translate(curl_code);
    } else if (!head_complete_) {
        error = base::corrupt(host_and_port(hop_.url) + " sent no HTTP response");
    }
    const bool repeat = curl_code != CURLE_OK && may_repeat(curl_code);
    {
        base::Lock lock(mutex_);
        ended_ = true;
        repeatable_ = repeat;
        repeated_ = times_sent_ > 1;
        error_ = std::move(error);
    }
    changed_.notify_all();
}

void Transfer::fail(base::Error error) {
    base::Lock lock(mutex_);
    ended_ = true;
    error_ = std::move(error);
    changed_.notify_all();
}

TransferNews Transfer::wait(base::Duration at_most, const std::stop_token& stop) {
    base::Lock lock(mutex_);
    // Adding a far deadline to the clock's time would overflow.
    changed_.wait_for(mutex_, stop, std::min<base::Duration>(at_most, kLongestWait),
                      [this]() ISOLDE_REQUIRES(mutex_) { return has_news(); });
    TransferNews news{.head = std::exchange(head_, std::nullopt),
                      .bytes = std::move(buffer_),
                      .was_paused = std::exchange(paused_, false)};
    buffer_.clear();
    news.ended = ended_;
    news.error = error_;
    news.may_repeat = repeatable_;
    news.repeated = repeated_;
    return news;
}

}  // namespace isolde::http
