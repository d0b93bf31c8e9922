// SPDX-License-Identifier: GPL-3.0-or-later
#include "cache/http_exchange.h"

#include <charconv>

namespace isolde::cache {
namespace {

bool is_strong(const std::string& etag) {
    return etag.size() >= 2 && etag.front() == '"';
}

/// What If-Range may carry: a strong entity tag, else the date (RFC 9110 §13.1.5).
std::string range_validator(const Validators& version) {
    return is_strong(version.etag) ? version.etag : version.last_modified;
}

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    return !text.empty() && code == std::errc() && end == text.data() + text.size() ? std::optional(value)
                                                                                    : std::nullopt;
}

struct ContentRange {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::uint64_t total = 0;
};

/// "bytes 5-9/10".
std::optional<ContentRange> content_range(const std::string& field) {
    const std::size_t dash = field.find('-');
    const std::size_t slash = field.find('/');
    if (!field.starts_with("bytes ") || dash == std::string::npos || slash == std::string::npos || dash > slash) {
        return std::nullopt;
    }
    const std::string_view text = field;
    const auto first = number(text.substr(6, dash - 6));
    const auto last = number(text.substr(dash + 1, slash - dash - 1));
    const auto total = number(text.substr(slash + 1));
    return first && last && total && *first <= *last && *last < *total
               ? std::optional(ContentRange{*first, *last, *total})
               : std::nullopt;
}

Validators version_of(const http::Headers& headers) {
    return {headers.find("ETag").value_or(""), headers.find("Last-Modified").value_or("")};
}

/// A server may leave the tag out of a 206; one that differs means another version.
bool same_version(const Validators& had, const Validators& got) {
    return got.etag.empty() || had.etag.empty() || had.etag == got.etag;
}

base::Result<DownloadAnswer> rest_of(const DownloadAsk& ask, const http::Headers& headers, const std::string& place) {
    const auto range = content_range(headers.find("Content-Range").value_or(""));
    if (ask.have.bytes() == 0) {
        return base::corrupt(place + " answers 206 to a request for the whole");
    }
    const bool fits = range && range->first == ask.have.bytes() && range->last + 1 == range->total &&
                      same_version(ask.have_version, version_of(headers));
    if (!fits) {
        return DownloadAnswer{.kind = AnswerKind::StartOver};
    }
    return DownloadAnswer{
        .kind = AnswerKind::Rest, .total = base::ByteCount(range->total), .version = ask.have_version};
}

base::Result<DownloadAnswer> whole(const http::Headers& headers, const std::string& place) {
    const auto field = headers.find("Content-Length");
    const auto length = field ? number(*field) : std::nullopt;
    if (field && !length) {
        return base::corrupt(place + " sends a Content-Length that is no number");
    }
    const auto total = length ? std::optional(base::ByteCount(*length)) : std::nullopt;
    return DownloadAnswer{.kind = AnswerKind::Whole, .total = total, .version = version_of(headers)};
}

base::Error failure(int status, const std::string& place) {
    const std::string text =
        place + " answers " + std::to_string(status) + " " + std::string(http::reason_phrase(status));
    switch (status) {
        case 404:
        case 410: return base::not_found(text);
        case 401:
        case 403: return base::unauthorized(text + "; credentials go into [fetch.origin.\"…\"]");
        case 429: return base::rate_limited(text);
        default: return base::unavailable(text);
    }
}

}  // namespace

bool is_resumable(const Validators& version) {
    return !range_validator(version).empty();
}

http::Headers ask_headers(const DownloadAsk& ask) {
    http::Headers headers{{"Accept-Encoding", "identity"}};
    if (ask.have.bytes() != 0) {
        headers.add("Range", "bytes=" + std::to_string(ask.have.bytes()) + "-");
        if (const std::string validator = range_validator(ask.have_version); !validator.empty()) {
            headers.add("If-Range", validator);
        }
        return headers;
    }
    if (ask.known && !ask.known->etag.empty()) {
        headers.add("If-None-Match", ask.known->etag);
    } else if (ask.known && !ask.known->last_modified.empty()) {
        headers.add("If-Modified-Since", ask.known->last_modified);
    }
    return headers;
}

base::Result<DownloadAnswer> read_answer(const DownloadAsk& ask, int status, const http::Headers& headers,
                                         const std::string& place) {
    switch (status) {
        case 200: return whole(headers, place);
        case 206: return rest_of(ask, headers, place);
        case 304:
            if (ask.known && ask.have.bytes() == 0) {
                return DownloadAnswer{.kind = AnswerKind::Unchanged, .version = *ask.known};
            }
            return failure(status, place);
        case 416:
            if (ask.have.bytes() != 0) {
                return DownloadAnswer{.kind = AnswerKind::StartOver};
            }
            return failure(status, place);
        default: return failure(status, place);
    }
}

}  // namespace isolde::cache
