// SPDX-License-Identifier: GPL-3.0-or-later
#include "redfish/lane.h"

#include <algorithm>

namespace isolde::redfish {
namespace {

/// So many answers in a row without "Connection: close" before a connection is kept.
constexpr int kAnswersBeforeTrust = 8;

}  // namespace

bool ConnectionHabit::close_after(std::string_view method) const {
    return method != "GET" || !trusted_ || answers_ < kAnswersBeforeTrust;
}

void ConnectionHabit::answered(bool says_close) {
    if (says_close) trusted_ = false;
    if (answers_ < kAnswersBeforeTrust) ++answers_;
}

Lane::Hold::~Hold() {
    if (lane_ == nullptr) return;
    {
        base::Lock lock(lane_->mutex_);
        lane_->busy_ = false;
    }
    lane_->freed_.notify_one();
}

base::Result<Lane::Hold> Lane::acquire(const std::string& address, base::Deadline deadline, const base::Clock& clock) {
    base::Lock lock(mutex_);
    while (busy_) {
        if (deadline.passed(clock)) {
            return base::timed_out(address + ": other requests to this BMC did not end in time");
        }
        freed_.wait_for(mutex_, deadline.remaining(clock));
    }
    busy_ = true;
    return Hold(*this);
}

std::shared_ptr<Lane> LaneDirectory::of_address(const std::string& address) {
    base::Lock lock(mutex_);
    auto& lane = by_address_[address];
    if (!lane) lane = std::make_shared<Lane>();
    return lane;
}

std::shared_ptr<Lane> LaneDirectory::identify(const std::string& address, const std::string& uuid) {
    auto own = of_address(address);
    if (!is_telling_uuid(uuid)) return own;
    base::Lock lock(mutex_);
    auto& lane = by_uuid_[uuid];
    if (!lane) lane = own;
    by_address_[address] = lane;
    return lane;
}

bool is_telling_uuid(std::string_view uuid) {
    const auto digit = [uuid](char blank) {
        return std::all_of(uuid.begin(), uuid.end(), [blank](char c) { return c == blank || c == '-'; });
    };
    return uuid.size() >= 32 && !digit('0') && !digit('f') && !digit('F');
}

}  // namespace isolde::redfish
