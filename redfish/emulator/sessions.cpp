// SPDX-License-Identifier: GPL-3.0-or-later
#include "redfish/emulator/sessions.h"

#include "base/encoding.h"

#include <algorithm>
#include <utility>

namespace isolde::emulator {

Sessions::Sessions(Account account, std::size_t limit, base::Duration timeout, base::Random& random)
    : account_(std::move(account)), limit_(limit), timeout_(timeout), random_(random) {}

bool Sessions::knows(std::string_view user, std::string_view password) const {
    return user == account_.user && password == account_.password.reveal();
}

std::optional<Session> Sessions::open(std::string_view user, base::SteadyTime now) {
    expire(now);
    if (sessions_.size() >= limit_) {
        return std::nullopt;
    }
    Session session{std::to_string(next_id_++), std::string(user), base::Secret(random_.token()), now};
    sessions_.push_back(session);
    return session;
}

bool Sessions::close(std::string_view id) {
    return std::erase_if(sessions_, [id](const Session& session) { return session.id == id; }) > 0;
}

bool Sessions::admits(const http::Headers& headers, base::SteadyTime now) {
    expire(now);
    if (const auto token = headers.find("X-Auth-Token")) {
        const auto session = std::find_if(sessions_.begin(), sessions_.end(),
                                          [&](const Session& one) { return one.token.reveal() == *token; });
        if (session == sessions_.end()) {
            return false;
        }
        session->last_used = now;
        return true;
    }
    const auto authorization = headers.find("Authorization");
    return authorization && admits_basic(*authorization);
}

void Sessions::expire(base::SteadyTime now) {
    std::erase_if(sessions_, [&](const Session& session) { return session.last_used + timeout_ <= now; });
}

const Session* Sessions::find(std::string_view id) const {
    const auto found =
        std::find_if(sessions_.begin(), sessions_.end(), [id](const Session& one) { return one.id == id; });
    return found == sessions_.end() ? nullptr : &*found;
}

bool Sessions::admits_basic(std::string_view authorization) const {
    constexpr std::string_view kScheme = "Basic ";
    if (!http::equal_ignoring_case(authorization.substr(0, kScheme.size()), kScheme)) {
        return false;
    }
    const auto decoded = base::from_base64(authorization.substr(kScheme.size()));
    if (!decoded.ok()) {
        return false;
    }
    const std::string_view text = base::as_text(*decoded);
    const std::size_t colon = text.find(':');
    return colon != std::string_view::npos && knows(text.substr(0, colon), text.substr(colon + 1));
}

}  // namespace isolde::emulator
