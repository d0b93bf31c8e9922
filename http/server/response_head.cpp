// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/server/response_head.h"

#include "http/server/byte_range.h"

#include <string_view>

namespace isolde::http {
namespace {

void append_field(std::string& head, std::string_view name, std::string_view value) {
    head.append(name).append(": ");
    for (const char c : value) {
        // A line break in a value would begin a field of the value's choosing.
        head.push_back(c == '\r' || c == '\n' || c == '\0' ? ' ' : c);
    }
    head.append("\r\n");
}

void append_status(std::string& head, int status) {
    head.append("HTTP/1.1 ").append(std::to_string(status)).append(" ").append(reason_phrase(status)).append("\r\n");
}

/// RFC 9110 §13.1.5: the range counts only while the body is still the one that the client knows.
bool if_range_holds(const std::string& if_range, const RangedBody& body) {
    return if_range.empty() || if_range == body.etag() || if_range == base::to_http_date(body.last_modified());
}

RangeDecision decide(const RangedBody& body, const RequestFacts& request, int status) {
    const bool may_be_part = status == 200 && request.method == "GET" && if_range_holds(request.if_range, body);
    return may_be_part ? select_range(request.range, body.size()) : RangeDecision{};
}

std::string content_range(const RangeDecision& part, std::uint64_t size) {
    return "bytes " + std::to_string(part.first) + "-" + std::to_string(part.first + part.length - 1) + "/" +
           std::to_string(size);
}

RenderedResponse begin_ranged(const Response& response, const RequestFacts& request) {
    const RangedBody& body = *response.ranged_body;
    const RangeDecision range = decide(body, request, response.status);
    RenderedResponse rendered;
    switch (range.outcome) {
        case RangeOutcome::Unsatisfiable:
            append_status(rendered.head, 416);
            append_field(rendered.head, "Content-Length", "0");
            append_field(rendered.head, "Content-Range", "bytes */" + std::to_string(body.size()));
            break;
        case RangeOutcome::Part:
            rendered.first = range.first;
            rendered.length = range.length;
            append_status(rendered.head, 206);
            append_field(rendered.head, "Content-Length", std::to_string(range.length));
            append_field(rendered.head, "Content-Range", content_range(range, body.size()));
            break;
        case RangeOutcome::Whole:
            rendered.length = body.size();
            append_status(rendered.head, response.status);
            append_field(rendered.head, "Content-Length", std::to_string(body.size()));
            break;
    }
    append_field(rendered.head, "Accept-Ranges", "bytes");
    append_field(rendered.head, "ETag", body.etag());
    append_field(rendered.head, "Last-Modified", base::to_http_date(body.last_modified()));
    return rendered;
}

/// RFC 9110 §6.4.1: these never have content.
bool has_no_content(int status) {
    return status == 204 || status == 304 || (status >= 100 && status < 200);
}

RenderedResponse begin_plain(const Response& response) {
    RenderedResponse rendered;
    append_status(rendered.head, response.status);
    if (!has_no_content(response.status)) {
        rendered.length = response.body.size();
        append_field(rendered.head, "Content-Length", std::to_string(rendered.length));
    }
    return rendered;
}

bool is_the_servers(std::string_view name) {
    return equal_ignoring_case(name, "Content-Length") || equal_ignoring_case(name, "Date") ||
           equal_ignoring_case(name, "Connection") || equal_ignoring_case(name, "Transfer-Encoding");
}

}  // namespace

RenderedResponse render_response(const Response& response, const RequestFacts& request, const std::string& date,
                                 bool keep_alive) {
    RenderedResponse rendered = response.ranged_body ? begin_ranged(response, request) : begin_plain(response);
    for (const auto& [name, value] : response.headers) {
        if (!is_the_servers(name)) {
            append_field(rendered.head, name, value);
        }
    }
    append_field(rendered.head, "Date", date);
    if (!keep_alive) {
        append_field(rendered.head, "Connection", "close");
    } else if (request.http_1_0) {
        append_field(rendered.head, "Connection", "keep-alive");
    }
    rendered.head.append("\r\n");
    if (request.method == "HEAD") {
        rendered.length = 0;
    }
    return rendered;
}

}  // namespace isolde::http
