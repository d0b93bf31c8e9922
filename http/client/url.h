// SPDX-License-Identifier: GPL-3.0-or-later
//
// URLs taken apart and put together by libcurl's parser, so that what is checked is what is fetched. User-info is split
// off at once: no other part of the project ever carries a URL with a password in it.
#pragma once

#include "base/result.h"
#include "http/client/client.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace isolde::http {

struct Url {
    std::string scheme;      ///< lower case
    std::string host;        ///< lower case; IPv6 in brackets; empty for file://
    std::uint16_t port = 0;  ///< the scheme's default when the text names none; 0 for schemes without one
    std::string path;        ///< percent-encoded, begins with "/"
    std::string query;       ///< without "?"
    std::optional<BasicCredentials> user_info;  ///< percent-decoded
};

/// An absolute URL "scheme://…". Errors: InvalidArgument; the message never holds user-info or query.
base::Result<Url> parse_url(std::string_view text);

/// "https://images.example/a.iso?x=1": all but user-info and fragment. What goes on the wire and into records.
std::string to_string(const Url& url);
/// The same without the query, which may hold a signature: for logs, errors and people.
std::string without_secrets(const Url& url);
/// As above for any text; a text that is no URL becomes "(not a URL)".
std::string without_secrets(std::string_view text);
/// "https://images.example" or "http://10.0.0.1:8080": scheme, host and port, the port only when it is not the default.
std::string origin(const Url& url);
/// "images.example:443", as errors name a peer.
std::string host_and_port(const Url& url);

/// The path with its %xx decoded. Errors: InvalidArgument (a NUL in it).
base::Result<std::string> decoded_path(const Url& url);

/// `reference` as a `Location` names it, relative to `base` (RFC 3986 §5). Errors: InvalidArgument.
base::Result<Url> join(const Url& base, std::string_view reference);

}  // namespace isolde::http
