// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/server/connection_cap.h"

namespace isolde::http {

bool ConnectionCap::enter(const std::string& peer) {
    const base::Lock lock(mutex_);
    if (open_ >= total_) {
        return false;
    }
    std::size_t& of_peer = by_peer_[peer];
    if (of_peer >= per_peer_) {
        return false;
    }
    ++of_peer;
    ++open_;
    return true;
}

void ConnectionCap::leave(const std::string& peer) {
    const base::Lock lock(mutex_);
    --open_;
    const auto found = by_peer_.find(peer);
    if (--found->second == 0) {
        by_peer_.erase(found);
    }
}

}  // namespace isolde::http
