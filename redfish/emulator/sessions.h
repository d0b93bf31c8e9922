// SPDX-License-Identifier: GPL-3.0-or-later
//
// Who may ask: sessions with X-Auth-Token and HTTP basic authentication (DSP0266 "Authentication").
#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "base/secret.h"
#include "http/message.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isolde::emulator {

struct Account {
    std::string user;
    base::Secret password;
};

struct Session {
    std::string id;
    std::string user;
    base::Secret token;
    base::SteadyTime last_used;
};

/// Not thread-safe. `random` must outlive it.
class Sessions {
  public:
    Sessions(Account account, std::size_t limit, base::Duration timeout, base::Random& random);

    bool knows(std::string_view user, std::string_view password) const;
    /// Nothing when there are as many sessions as allowed. Precondition: knows(user, …).
    std::optional<Session> open(std::string_view user, base::SteadyTime now);
    /// False when there is no such session.
    bool close(std::string_view id);
    /// True for a token of a live session, which it refreshes, or else for basic credentials.
    bool admits(const http::Headers& headers, base::SteadyTime now);
    /// Forgets sessions that nobody used for too long.
    void expire(base::SteadyTime now);

    const std::vector<Session>& list() const { return sessions_; }
    const Session* find(std::string_view id) const;

  private:
    bool admits_basic(std::string_view authorization) const;

    Account account_;
    std::size_t limit_;
    base::Duration timeout_;
    base::Random& random_;
    std::vector<Session> sessions_;
    std::uint64_t next_id_ = 1;
};

}  // namespace isolde::emulator
