// SPDX-License-Identifier: GPL-3.0-or-later
//
// How many connections there may be, in all and from one peer. Thread-safe; shared by the loops of a server.
#pragma once

#include "base/mutex.h"

#include <cstddef>
#include <string>
#include <unordered_map>

namespace isolde::http {

class ConnectionCap {
  public:
    ConnectionCap(std::size_t total, std::size_t per_peer) : total_(total), per_peer_(per_peer) {}

    /// Counts a connection from `peer`, unless that would be one too many. Each true is given back once by leave().
    bool enter(const std::string& peer);
    void leave(const std::string& peer);

  private:
    const std::size_t total_;
    const std::size_t per_peer_;
    base::Mutex mutex_;
    std::size_t open_ ISOLDE_GUARDED_BY(mutex_) = 0;
    std::unordered_map<std::string, std::size_t> by_peer_ ISOLDE_GUARDED_BY(mutex_);
};

}  // namespace isolde::http
