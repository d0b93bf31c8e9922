// SPDX-License-Identifier: GPL-3.0-or-later
//
// A lane belongs to one BMC: at most one request is in flight in it, and it holds what was learned about that BMC. Many
// BMCs choke on parallel requests. Two addresses that show the same service UUID share one lane.
#pragma once

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "redfish/etag.h"

#include <map>
#include <memory>
#include <string>

namespace isolde::redfish {

/// Connections are closed after each request until the BMC has kept its side of several: then reads reuse one. Any
/// broken exchange on a reused connection ends that for good. Writes always use a connection of their own.
class ConnectionHabit {
  public:
    bool close_after(std::string_view method) const;
    /// After an answer; `says_close`: it carried "Connection: close".
    void answered(bool says_close);
    void broken() { trusted_ = false; }

  private:
    int answers_ = 0;
    bool trusted_ = true;
};

/// What was learned about a BMC. Read and written only by the holder of its lane.
struct BmcMemory {
    EtagForm etag_form = EtagForm::Exact;
    ConnectionHabit connection;
    bool sends_identity_encoding = true;  ///< false after a 406 that went away without Accept-Encoding
    bool session_worked = false;          ///< never fall back to basic authentication after that
};

/// Thread-safe.
class Lane {
  public:
    /// Gives the lane back when it goes.
    class Hold {
      public:
        explicit Hold(Lane& lane) : lane_(&lane) {}
        Hold(Hold&& other) noexcept : lane_(std::exchange(other.lane_, nullptr)) {}
        Hold& operator=(Hold&&) = delete;
        ~Hold();
        BmcMemory& memory() { return lane_->memory_; }

      private:
        Lane* lane_;
    };

    /// Waits for its turn. Errors: Timeout naming `address`.
    base::Result<Hold> acquire(const std::string& address, base::Deadline deadline, const base::Clock& clock);

  private:
    base::Mutex mutex_;
    base::ConditionVariable freed_;
    bool busy_ ISOLDE_GUARDED_BY(mutex_) = false;
    BmcMemory memory_;  ///< guarded by being the holder
};

/// The lanes of all BMCs. Thread-safe.
class LaneDirectory {
  public:
    /// The lane of an address, the same for every call until its identity is learned.
    std::shared_ptr<Lane> of_address(const std::string& address);
    /// Says that `address` is the BMC `uuid`: the lane to use from now on. UUIDs that firmware leaves blank (all zeros,
    /// all ones, empty) join nothing.
    std::shared_ptr<Lane> identify(const std::string& address, const std::string& uuid);

  private:
    base::Mutex mutex_;
    std::map<std::string, std::shared_ptr<Lane>> by_address_ ISOLDE_GUARDED_BY(mutex_);
    std::map<std::string, std::shared_ptr<Lane>> by_uuid_ ISOLDE_GUARDED_BY(mutex_);
};

/// True for a UUID that can tell BMCs apart.
bool is_telling_uuid(std::string_view uuid);

}  // namespace isolde::redfish
