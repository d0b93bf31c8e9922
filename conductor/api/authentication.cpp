// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/api/authentication.h"

#include "base/digest.h"
#include "base/files.h"

#include <crypt.h>

namespace isolde::conductor::api {
namespace {

constexpr std::size_t kRemembered = 1024;

base::Error wrong() {
    return base::unauthorized("Authorization required");
}

bool is_bcrypt(const std::string& hash) {
    return hash.size() == 60 && (hash.rfind("$2y$", 0) == 0 || hash.rfind("$2b$", 0) == 0 || hash.rfind("$2a$", 0) == 0);
}

bool same(const std::string& a, const std::string& b) {
    unsigned difference = a.size() == b.size() ? 0 : 1;
    for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
        difference |= static_cast<unsigned>(a[i] ^ b[i]);
    }
    return difference == 0;
}

bool bcrypt_matches(const std::string& password, const std::string& hash) {
    const auto state = std::make_unique<crypt_data>();
    const char* computed = crypt_r(password.c_str(), hash.c_str(), state.get());
    return computed != nullptr && same(computed, hash);
}

base::Result<std::pair<std::string, std::string>> credentials_of(const http::Request& request) {
    const auto header = request.headers.find("Authorization");
    if (!header) {
        return wrong();
    }
    if (header->rfind("Basic ", 0) != 0) {
        return base::invalid_argument("only HTTP Basic authentication is offered here");
    }
    const auto decoded = base::from_base64(header->substr(6));
    const std::string text(decoded.ok() ? base::as_text(*decoded) : "");
    const auto colon = text.find(':');
    if (colon == std::string::npos) {
        return base::invalid_argument("the Authorization header is malformed");
    }
    return std::pair(text.substr(0, colon), text.substr(colon + 1));
}

}  // namespace

base::Result<std::unique_ptr<Authentication>> Authentication::load(const std::string& htpasswd, base::Random& random) {
    const std::string content = TRY(base::read_file(htpasswd, base::mebibytes(1)).with_context("api.htpasswd"));
    std::map<std::string, std::string> entries;
    std::size_t begin = 0;
    for (int line = 1; begin < content.size(); ++line) {
        const auto end = std::min(content.find('\n', begin), content.size());
        const std::string text = content.substr(begin, end - begin);
        begin = end + 1;
        if (text.empty() || text[0] == '#') {
            continue;
        }
        const auto colon = text.find(':');
        if (colon == std::string::npos || colon == 0 || !is_bcrypt(text.substr(colon + 1))) {
            return base::invalid_argument(htpasswd + ":" + std::to_string(line) +
                                          ": not a bcrypt entry; make one with htpasswd -nB USER");
        }
        entries[text.substr(0, colon)] = text.substr(colon + 1);
    }
    base::Bytes key(32);
    random.fill(key);
    return std::make_unique<Authentication>(std::move(entries), std::move(key));
}

base::Result<void> Authentication::check(const http::Request& request) {
    const auto credentials = TRY(credentials_of(request));
    const auto entry = entries_.find(credentials.first);
    if (entry == entries_.end()) {
        return wrong();
    }
    const std::string seen =
        base::hmac_sha256_hex(key_, base::as_bytes(credentials.first + std::string(1, '\0') + credentials.second));
    {
        base::Lock lock(mutex_);
        if (known_good_.contains(seen)) {
            return {};
        }
    }
    if (!bcrypt_matches(credentials.second, entry->second)) {
        return wrong();
    }
    base::Lock lock(mutex_);
    if (known_good_.size() < kRemembered) {
        known_good_.insert(seen);
    }
    return {};
}

bool is_public_path(const std::string& path) {
    return path == "/" || path == "/v1" || path == "/v1/" || path == "/healthz" || path == "/healthcheck";
}

}  // namespace isolde::conductor::api
