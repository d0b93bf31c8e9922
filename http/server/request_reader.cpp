// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/server/request_reader.h"

#include "http/server/target.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <boost/beast/http/basic_parser.hpp>

namespace isolde::http {

namespace beast = boost::beast;
using beast::http::error;

/// Puts what the parser finds straight into our Request.
class RequestReader::Parser final : public beast::http::basic_parser<true> {
  public:
    explicit Parser(Request& request) : request_(request) {}
    /// 10 or 11.
    int version() const { return version_; }

  private:
    using View = beast::string_view;
    using Code = beast::error_code;
    using Length = boost::optional<std::uint64_t>;

    void on_request_impl(beast::http::verb, View method, View target, int version, Code&) override {
        version_ = version;
        request_.method.assign(method.data(), method.size());
        request_.target.assign(target.data(), target.size());
    }
    void on_field_impl(beast::http::field, View name, View value, Code&) override {
        request_.headers.add({name.data(), name.size()}, {value.data(), value.size()});
    }
    std::size_t on_body_impl(View bytes, Code&) override {
        request_.body.append(bytes.data(), bytes.size());
        return bytes.size();
    }
    void on_response_impl(int, View, int, Code&) override {}
    void on_header_impl(Code&) override {}
    void on_body_init_impl(const Length&, Code&) override {}
    void on_chunk_header_impl(std::uint64_t, View, Code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, View, Code& code) override {
        code = error::bad_transfer_encoding;
        return 0;
    }
    void on_finish_impl(Code&) override {}

    Request& request_;
    int version_ = 11;
};

namespace {

int status_of(const beast::error_code& code) {
    if (code == error::header_limit) {
        return 431;
    }
    if (code == error::body_limit) {
        return 413;
    }
    return code == error::bad_version ? 505 : 400;
}

}  // namespace

RequestReader::RequestReader(const ServerLimits& limits)
    : limits_(limits), capacity_(limits.header.bytes()), buffer_(new char[capacity_]) {}

RequestReader::~RequestReader() = default;

std::span<char> RequestReader::room() {
    if (begin_ > 0) {
        std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
        end_ -= std::exchange(begin_, 0);
    }
    return {buffer_.get() + end_, capacity_ - end_};
}

bool RequestReader::take_expectation() {
    return std::exchange(expectation_, false);
}

/// RFC 9112 §2.2: some old clients send a line break after the body of the request before.
bool RequestReader::skip_empty_line() {
    const auto bytes = pending();
    if (bytes.size() < 2 || bytes[0] != '\r' || bytes[1] != '\n') {
        return false;
    }
    begin_ += 2;
    return true;
}

bool RequestReader::skip_empty_lines() {
    while (skip_empty_line()) {
    }
    return !pending().empty();
}

void RequestReader::begin() {
    request_ = {};
    facts_ = {};
    parser_ = std::make_unique<Parser>(request_);
    parser_->header_limit(static_cast<std::uint32_t>(capacity_));
    parser_->body_limit(limits_.body.bytes());
    state_ = State::Header;
}

void RequestReader::refuse(int status) {
    state_ = State::Refused;
    refusal_ = status;
    facts_.method = request_.method;
}

RequestReader::State RequestReader::advance() {
    if (state_ == State::Empty && skip_empty_lines()) {
        begin();
    }
    if (state_ == State::Header) {
        parse_header();
    }
    if (state_ == State::Body) {
        parse_body();
    }
    return state_;
}

void RequestReader::parse_header() {
    const auto bytes = pending();
    beast::error_code code;
    begin_ += parser_->put(boost::asio::const_buffer(bytes.data(), bytes.size()), code);
    if (code == error::need_more) {
        if (begin_ == 0 && end_ == capacity_) {
            refuse(431);
        }
        return;
    }
    if (code) {
        return refuse(status_of(code));
    }
    if (parser_->is_header_done()) {
        header_complete();
    }
}

void RequestReader::header_complete() {
    if (parser_->chunked()) {
        return refuse(411);
    }
    if (!split_target(request_)) {
        return refuse(400);
    }
    const Headers& headers = request_.headers;
    request_.host = headers.find("Host").value_or("");
    facts_ = {request_.method, headers.find("Range").value_or(""), headers.find("If-Range").value_or(""),
              parser_->version() == 10, parser_->keep_alive()};
    expectation_ = !parser_->is_done() && equal_ignoring_case(headers.find("Expect").value_or(""), "100-continue");
    state_ = parser_->is_done() ? State::Complete : State::Body;
}

void RequestReader::parse_body() {
    beast::error_code code;
    while (!parser_->is_done() && !pending().empty() && !code) {
        const auto bytes = pending();
        const std::size_t used = parser_->put(boost::asio::const_buffer(bytes.data(), bytes.size()), code);
        begin_ += used;
        if (used == 0) {
            break;
        }
    }
    if (code && code != error::need_more) {
        return refuse(status_of(code));
    }
    if (parser_->is_done()) {
        state_ = State::Complete;
    }
}

Request RequestReader::take() {
    parser_.reset();
    state_ = State::Empty;
    return std::move(request_);
}

}  // namespace isolde::http
