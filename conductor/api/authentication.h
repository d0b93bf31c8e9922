// SPDX-License-Identifier: GPL-3.0-or-later
//
// HTTP Basic against an htpasswd file of bcrypt entries, as Ironic's http_basic mode.
#pragma once

#include "base/mutex.h"
#include "base/random.h"
#include "base/result.h"
#include "http/server/server.h"

#include <map>
#include <memory>
#include <set>
#include <string>

namespace isolde::conductor::api {

/// Thread-safe. A bcrypt check costs tens of milliseconds: never on a server's loop. What matched once is remembered by
/// a keyed digest for the life of the process.
class Authentication {
  public:
    /// Errors: NotFound, InvalidArgument naming file and line of an entry that is no bcrypt hash.
    static base::Result<std::unique_ptr<Authentication>> load(const std::string& htpasswd, base::Random& random);

    /// Errors: Unauthorized (missing or wrong credentials), InvalidArgument (another scheme, a malformed header).
    base::Result<void> check(const http::Request& request);

    Authentication(std::map<std::string, std::string> entries, base::Bytes key)
        : entries_(std::move(entries)), key_(std::move(key)) {}

  private:
    const std::map<std::string, std::string> entries_;  ///< user → bcrypt hash
    const base::Bytes key_;
    base::Mutex mutex_;
    std::set<std::string> known_good_ ISOLDE_GUARDED_BY(mutex_);
};

/// Paths that Ironic answers without credentials.
bool is_public_path(const std::string& path);

}  // namespace isolde::conductor::api
