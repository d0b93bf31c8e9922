// SPDX-License-Identifier: GPL-3.0-or-later
//
// Every Redfish request that a BMC got, in order, so that tests can assert on what went over the wire.
#pragma once

#include "base/clock.h"
#include "base/json.h"

#include <cstdint>
#include <deque>
#include <string>

namespace isolde::emulator {

struct LoggedRequest {
    std::uint64_t number = 0;
    base::WallTime time{};
    std::string peer;
    std::string method;
    std::string path;
    std::string body;   ///< values of "Password" members are masked
    int status = 0;     ///< 0: not answered (yet)
    std::string fault;  ///< ids of the fault rules that applied
};

/// Keeps the last 20,000 requests. Not thread-safe.
class RequestLog {
  public:
    /// The request's number: 1, 2, 3…, without gaps over the life of the BMC.
    std::uint64_t begin(LoggedRequest request);
    void answered(std::uint64_t number, int status);
    /// {"requests": [those with number > since], "last": highest number}
    base::Json since(std::uint64_t number) const;

  private:
    std::deque<LoggedRequest> requests_;
    std::uint64_t last_ = 0;
};

/// `body` as it may be shown: passwords masked, cut to 64 KiB.
std::string loggable(const std::string& body);

}  // namespace isolde::emulator
