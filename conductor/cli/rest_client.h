// SPDX-License-Identifier: GPL-3.0-or-later
//
// The conductor's REST API as the command line uses it: JSON calls with errors in words.
#pragma once

#include "base/json.h"
#include "base/result.h"

#include <memory>
#include <string>

namespace isolde::cli {

/// Not thread-safe: one command, one client.
class RestClient {
  public:
    virtual ~RestClient() = default;
    /// `path` begins with '/'. The answer's JSON, null for an empty one.
    /// Errors: the conductor's own text with the kind of its status; Unavailable when it cannot be reached.
    virtual base::Result<base::Json> call(const std::string& method, const std::string& path, const base::Json& body) = 0;

    base::Result<base::Json> get(const std::string& path) { return call("GET", path, nullptr); }
    base::Result<base::Json> post(const std::string& path, const base::Json& body) { return call("POST", path, body); }
    base::Result<base::Json> put(const std::string& path, const base::Json& body) { return call("PUT", path, body); }
    base::Result<base::Json> patch(const std::string& path, const base::Json& body) { return call("PATCH", path, body); }
    base::Result<base::Json> remove(const std::string& path) { return call("DELETE", path, nullptr); }
};

struct RestOptions {
    std::string endpoint;  ///< "http://127.0.0.1:6385", with or without /v1
    std::string user;      ///< empty: no authentication
    std::string password;
    std::string ca_file;
};

/// By cpprestsdk. Errors: InvalidArgument (endpoint).
base::Result<std::unique_ptr<RestClient>> make_rest_client(const RestOptions& options);

/// The text inside Ironic's double-encoded error body, or the body itself. Pure.
std::string error_text(const std::string& body);

}  // namespace isolde::cli
