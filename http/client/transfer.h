// SPDX-License-Identifier: GPL-3.0-or-later
//
// One hop on its way: shared by the thread that waits for it and the loop thread that drives it. The loop fills a
// bounded buffer; the waiting thread empties it. A full buffer pauses this transfer and no other.
#pragma once

#include "base/mutex.h"
#include "http/client/hop.h"

#include <array>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

namespace isolde::http {

/// How a hop is sent, beside the hop itself.
struct TransferOptions {
    base::Duration connect_timeout{};
    base::Duration stall_timeout{};
    base::ByteCount response_limit;
    bool close_connection = false;
    bool fresh_connection = false;
    bool streamed = false;  ///< the body is wanted as it comes, not only at its end
    std::string ca_file;
    bool verify_tls = true;
    std::string user_agent;
};

/// Status line and fields of the final response of a hop.
struct ResponseHead {
    int status = 0;
    Headers headers;
};

/// What a waiting thread finds when something happened.
struct TransferNews {
    std::optional<ResponseHead> head;  ///< once, before any bytes
    base::Bytes bytes;
    bool was_paused = false;  ///< the loop must be told to resume it
    bool ended = false;
    std::optional<base::Error> error;  ///< why it ended, when it failed
    bool may_repeat = false;           ///< a reused connection died before the first byte of an answer
    bool repeated = false;             ///< libcurl met such a connection and sent the request again by itself
};

/// Thread-safe where it says so; all else belongs to the loop thread.
class Transfer {
  public:
    Transfer(Hop hop, TransferOptions options, const AddressPolicy& policy);
    ~Transfer();
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;

    /// The configured libcurl easy handle (a `CURL*`). Errors: InvalidArgument (ca_file), Internal.
    base::Result<void*> prepare();
    void* handle() const { return easy_; }
    /// Ends it with libcurl's result code.
    void finish(int curl_code);
    /// Ends it with an error of ours. Thread-safe.
    void fail(base::Error error);

    /// Thread-safe. Waits until there is something to tell, at most so long (an hour), or until `stop`. What is not
    /// streamed tells all at its end, or when the buffer is full.
    TransferNews wait(base::Duration at_most, const std::stop_token& stop);

    // Called by libcurl on the loop thread.
    std::size_t on_header(std::string_view line);
    std::size_t on_body(std::string_view bytes);
    bool on_address(std::string_view address);
    bool on_request_ready(std::string_view address);

  private:
    void set_limits();
    void set_request();
    void set_body();
    void set_tls();
    void set_callbacks();
    template <typename T>
    void set(int option, T value);
    void add_field(const std::string& line);
    base::Error translate(int curl_code) const;
    base::Error refused() const;
    bool may_repeat(int curl_code) const;
    bool has_news() const ISOLDE_REQUIRES(mutex_);
    void tell_progress() ISOLDE_REQUIRES(mutex_);

    const Hop hop_;
    const TransferOptions options_;
    const AddressPolicy& policy_;

    void* easy_ = nullptr;    ///< CURL*
    void* fields_ = nullptr;  ///< curl_slist*
    int first_setting_error_ = 0;
    std::array<char, 256> error_text_{};
    std::optional<base::Error> own_error_;  ///< why one of our callbacks ended the transfer
    std::optional<base::Error> refusal_;    ///< the address policy's last word
    int times_sent_ = 0;
    std::size_t head_bytes_ = 0;
    std::size_t head_fields_ = 0;
    std::uint64_t body_bytes_ = 0;
    ResponseHead incoming_;
    bool head_complete_ = false;

    base::Mutex mutex_;
    base::ConditionVariable changed_;
    std::optional<ResponseHead> head_ ISOLDE_GUARDED_BY(mutex_);
    base::Bytes buffer_ ISOLDE_GUARDED_BY(mutex_);
    bool paused_ ISOLDE_GUARDED_BY(mutex_) = false;
    bool ended_ ISOLDE_GUARDED_BY(mutex_) = false;
    bool repeatable_ ISOLDE_GUARDED_BY(mutex_) = false;
    bool repeated_ ISOLDE_GUARDED_BY(mutex_) = false;
    std::optional<base::Error> error_ ISOLDE_GUARDED_BY(mutex_);
};

}  // namespace isolde::http
