// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/client/url.h"

#include <curl/curl.h>

#include <algorithm>
#include <memory>

namespace isolde::http {
namespace {

constexpr std::size_t kLongestUrl = 8192;

using UrlHandle = std::unique_ptr<CURLU, decltype([](CURLU* handle) { curl_url_cleanup(handle); })>;

std::string lower_case(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return text;
}

/// The part's text; nothing when the URL has none.
std::optional<std::string> part(CURLU* handle, CURLUPart which, unsigned flags = 0) {
    char* text = nullptr;
    if (curl_url_get(handle, which, &text, flags) != CURLUE_OK) {
        return std::nullopt;
    }
    std::string copy(text);
    curl_free(text);
    return copy;
}

base::Result<void> set_url(CURLU* handle, std::string_view text) {
    if (text.size() > kLongestUrl || text.find('\0') != std::string_view::npos) {
        return base::invalid_argument("URL is longer than " + std::to_string(kLongestUrl) + " bytes or holds a NUL");
    }
    const CURLUcode code = curl_url_set(handle, CURLUPART_URL, std::string(text).c_str(), CURLU_NON_SUPPORT_SCHEME);
    if (code != CURLUE_OK) {
        return base::invalid_argument(std::string("not a URL: ") + curl_url_strerror(code));
    }
    return {};
}

std::optional<BasicCredentials> user_info_of(CURLU* handle) {
    auto user = part(handle, CURLUPART_USER, CURLU_URLDECODE);
    auto password = part(handle, CURLUPART_PASSWORD, CURLU_URLDECODE);
    if (!user && !password) {
        return std::nullopt;
    }
    return BasicCredentials{user.value_or(""), base::Secret(password.value_or(""))};
}

std::uint16_t port_of(CURLU* handle) {
    const std::string text = part(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT).value_or("0");
    return static_cast<std::uint16_t>(std::strtoul(text.c_str(), nullptr, 10));
}

Url taken_apart(CURLU* handle) {
    return Url{.scheme = lower_case(part(handle, CURLUPART_SCHEME).value_or("")),
               .host = lower_case(part(handle, CURLUPART_HOST).value_or("")),
               .port = port_of(handle),
               .path = part(handle, CURLUPART_PATH).value_or("/"),
               .query = part(handle, CURLUPART_QUERY).value_or(""),
               .user_info = user_info_of(handle)};
}

bool is_default_port(const Url& url) {
    return url.port == 0 || (url.scheme == "http" && url.port == 80) || (url.scheme == "https" && url.port == 443);
}

}  // namespace

base::Result<Url> parse_url(std::string_view text) {
    const UrlHandle handle(curl_url());
    TRY(set_url(handle.get(), text));
    Url url = taken_apart(handle.get());
    if ((url.scheme == "http" || url.scheme == "https") && url.host.empty()) {
        return base::invalid_argument("URL names no host");
    }
    return url;
}

std::string to_string(const Url& url) {
    return without_secrets(url) + (url.query.empty() ? "" : "?" + url.query);
}

std::string without_secrets(const Url& url) {
    return origin(url) + url.path;
}

std::string without_secrets(std::string_view text) {
    const auto url = parse_url(text);
    return url ? without_secrets(*url) : "(not a URL)";
}

std::string origin(const Url& url) {
    return url.scheme + "://" + url.host + (is_default_port(url) ? "" : ":" + std::to_string(url.port));
}

std::string host_and_port(const Url& url) {
    return url.host + ":" + std::to_string(url.port);
}

base::Result<std::string> decoded_path(const Url& url) {
    int length = 0;
    char* text = curl_easy_unescape(nullptr, url.path.c_str(), static_cast<int>(url.path.size()), &length);
    if (text == nullptr) {
        return base::internal("out of memory");
    }
    const std::string path(text, static_cast<std::size_t>(length));
    curl_free(text);
    if (path.find('\0') != std::string::npos) {
        return base::invalid_argument("URL path holds a NUL");
    }
    return path;
}

base::Result<Url> join(const Url& base, std::string_view reference) {
    const UrlHandle handle(curl_url());
    TRY(set_url(handle.get(), to_string(base)));
    TRY(set_url(handle.get(), reference));
    return taken_apart(handle.get());
}

}  // namespace isolde::http
