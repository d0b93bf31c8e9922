// SPDX-License-Identifier: GPL-3.0-or-later
//
// A call of the client is a chain of hops: the request, then one per redirect. Which hop comes next is decided here,
// without I/O: what is dropped when the chain leaves its origin, what a redirect may never do.
#pragma once

#include "base/result.h"
#include "http/client/client.h"
#include "http/client/url.h"

#include <optional>
#include <string>

namespace isolde::http {

/// One request as it goes on the wire.
struct Hop {
    std::string method;
    Url url;
    Headers headers;
    std::optional<std::string> body;
    std::optional<BasicCredentials> credentials;
};

/// The first hop. User-info of the URL serves as credentials when the request gives none.
/// Errors: InvalidArgument (not http or https, a method or header field that would break the framing).
base::Result<Hop> first_hop(const ClientRequest& request);

/// True for a status that names another place and is followed (301, 302, 303, 307, 308).
bool is_redirect(int status);

/// The hop that `location` asks for after `hop` was answered by `status`. Off the origin, credentials and the fields
/// Authorization, Cookie and X-Auth-Token are dropped; 303, and 301 or 302 after POST, turn into GET (RFC 9110 §15.4).
/// User-info in `location` is ignored. Errors: InvalidArgument (not http or https, from https to http).
base::Result<Hop> next_hop(const Hop& hop, int status, const std::string& location);

/// GET, HEAD, PUT, DELETE, OPTIONS (RFC 9110 §9.2.2): sending twice is the same as sending once.
bool is_idempotent(std::string_view method);

}  // namespace isolde::http
