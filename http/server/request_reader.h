// SPDX-License-Identifier: GPL-3.0-or-later
//
// From the bytes of a connection to requests, by the Boost.Beast parser over one fixed buffer. It reads no socket.
// Bytes after a request (pipelining) stay for the next. Bodies come by Content-Length only.
#pragma once

#include "http/server/response_head.h"
#include "http/server/server.h"

#include <cstddef>
#include <memory>
#include <span>

namespace isolde::http {

class RequestReader {
  public:
    enum class State {
        Empty,     ///< between requests, no byte of the next
        Header,    ///< part of a header
        Body,      ///< header complete, body not
        Complete,  ///< take() gives it
        Refused,   ///< answer refusal() and close: where the next request begins is not known
    };

    explicit RequestReader(const ServerLimits& limits);
    ~RequestReader();

    /// Where the next bytes of the connection go: not empty unless Complete or Refused. Then filled() says how many.
    std::span<char> room();
    void filled(std::size_t count) { end_ += count; }
    /// Parses what there is.
    State advance();

    State state() const { return state_; }
    int refusal() const { return refusal_; }
    /// The client waits for "100 Continue" before it sends the body (RFC 9110 §10.1.1). True once a request.
    bool take_expectation();
    /// Valid from a complete header on.
    const RequestFacts& facts() const { return facts_; }
    /// The complete request; the reader is ready for the next one.
    Request take();

  private:
    class Parser;

    bool skip_empty_line();
    bool skip_empty_lines();
    void begin();
    void parse_header();
    void header_complete();
    void parse_body();
    void refuse(int status);
    std::span<const char> pending() const { return {buffer_.get() + begin_, end_ - begin_}; }

    const ServerLimits& limits_;
    std::size_t capacity_;
    std::unique_ptr<char[]> buffer_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::unique_ptr<Parser> parser_;
    State state_ = State::Empty;
    int refusal_ = 0;
    bool expectation_ = false;
    Request request_;
    RequestFacts facts_;
};

}  // namespace isolde::http
