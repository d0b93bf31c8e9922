// SPDX-License-Identifier: GPL-3.0-or-later
//
// From a Response and the request it answers to the header that is sent and the part of the body that follows it. Pure.
// Firmware readers parse by eye: field names in canonical case, one space, HTTP/1.1 always, Content-Length always, and
// "Accept-Ranges: bytes" with every 200 and 206 (httpfs2 fails every read without it).
#pragma once

#include "http/server/server.h"

#include <cstdint>
#include <string>

namespace isolde::http {

/// What of a request decides about the header of its answer.
struct RequestFacts {
    std::string method;
    std::string range;     ///< value of Range, or empty
    std::string if_range;  ///< value of If-Range, or empty
    bool http_1_0 = false;
    bool keep_alive = true;  ///< what the client wants (RFC 9112 §9.3)
};

/// A header, and the bytes [first, first + length) of the body that follow it.
struct RenderedResponse {
    std::string head;
    std::uint64_t first = 0;
    std::uint64_t length = 0;
};

/// `date`: the current time as to_http_date. `keep_alive`: whether the connection stays open after it.
RenderedResponse render_response(const Response& response, const RequestFacts& request, const std::string& date,
                                 bool keep_alive);

}  // namespace isolde::http
