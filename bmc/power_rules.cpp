// SPDX-License-Identifier: GPL-3.0-or-later
#include "bmc/power_rules.h"

#include "http/message.h"

#include <algorithm>

namespace isolde::bmc {

Power read_power(const std::string& state) {
    if (http::equal_ignoring_case(state, "On")) return Power::On;
    if (http::equal_ignoring_case(state, "Off")) return Power::Off;
    return Power::Unknown;
}

Power wanted_power(PowerAction action) {
    return action == PowerAction::On ? Power::On : Power::Off;
}

std::vector<std::string> reset_types(PowerAction action, const std::vector<std::string>& allowed) {
    std::vector<std::string> types;
    switch (action) {
        case PowerAction::On: types = {"On", "ForceOn"}; break;
        case PowerAction::ForceOff: types = {"ForceOff"}; break;
        case PowerAction::SoftOff: types = {"GracefulShutdown"}; break;
    }
    std::stable_partition(types.begin(), types.end(), [&allowed](const std::string& type) {
        return std::find(allowed.begin(), allowed.end(), type) != allowed.end();
    });
    return types;
}

}  // namespace isolde::bmc
