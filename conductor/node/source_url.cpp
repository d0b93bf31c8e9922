// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/node/source_url.h"

#include <algorithm>

namespace isolde::conductor {
namespace {

using base::Result;

constexpr std::size_t kLongestUrl = 4096;

/// In lower case, empty when there is none.
std::string scheme_of(const std::string& url) {
    const auto end = url.find("://");
    std::string scheme = end == std::string::npos ? "" : url.substr(0, end);
    std::transform(scheme.begin(), scheme.end(), scheme.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return scheme;
}

}  // namespace

Result<void> check_url_text(const std::string& url, const std::string& field) {
    const auto is_bad = [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; };
    if (std::any_of(url.begin(), url.end(), is_bad)) {
        return base::invalid_argument(field + " has a blank or a control character: write it as %20");
    }
    if (url.size() > kLongestUrl) {
        return base::invalid_argument(field + " is longer than 4096 bytes");
    }
    if (const auto host = url.find("://"); host != std::string::npos && url.size() == host + 3) {
        return base::invalid_argument(field + " names nothing behind its scheme");
    }
    return {};
}

bool looks_like_url(const std::string& text) {
    return text.size() <= kLongestUrl && text.find("://") != std::string::npos;
}

bool is_http(const std::string& url) {
    const std::string scheme = scheme_of(url);
    return scheme == "http" || scheme == "https";
}

Result<void> check_source_url(const std::string& url, const std::string& field) {
    TRY(check_url_text(url, field));
    const std::string scheme = scheme_of(url);
    if (scheme != "http" && scheme != "https" && scheme != "file") {
        return base::unsupported(field + " must be an http, https or file URL" +
                                 (scheme.empty() ? ": image services and image ids are not supported"
                                                 : ", not " + scheme.substr(0, 20) + "://"));
    }
    return {};
}

}  // namespace isolde::conductor
