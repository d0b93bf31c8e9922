// SPDX-License-Identifier: GPL-3.0-or-later
//
// Which function answers which method and path, and from which version on.
#pragma once

#include "base/json.h"
#include "base/result.h"
#include "http/server/server.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace isolde::conductor::api {

/// One request with what routing found out about it.
struct Call {
    http::Request request;
    int minor = 1;
    std::map<std::string, std::string, std::less<>> path;   ///< "node" → "node-0"
    std::map<std::string, std::string, std::less<>> query;  ///< decoded; a repeated name keeps its last value
    std::string base_url;                                   ///< "http://127.0.0.1:6385", for links

    /// The body as an object or array, empty object for an empty body. Errors: InvalidArgument.
    base::Result<base::Json> json() const;
};

using Answer = std::function<void(base::Result<http::Response>)>;
/// Answers now or later, once.
using Action = std::function<void(std::shared_ptr<const Call>, Answer)>;
using Direct = std::function<base::Result<http::Response>(const Call&)>;

struct Route {
    std::string method;
    std::string pattern;    ///< "/v1/nodes/{node}/states/provision"
    int minimum_minor = 1;  ///< older versions: 404
    Action action;
};

/// An action that answers at once.
Action direct(Direct answer);

struct Match {
    const Route* route = nullptr;
    std::map<std::string, std::string, std::less<>> path;
    bool path_known = false;  ///< some method has this path: 405 instead of 404
};
/// A trailing slash is ignored. Pure.
Match match(const std::vector<Route>& routes, const std::string& method, const std::string& path, int minor);

std::map<std::string, std::string, std::less<>> parse_query(const std::string& query);

}  // namespace isolde::conductor::api
