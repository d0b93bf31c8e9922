// SPDX-License-Identifier: GPL-3.0-or-later
//
// Which reset type asks for which power state. Lists of allowable values are wrong often enough (two values run
// together, values that are refused, a list that changes with the state): they decide the order, never the end. Pure.
#pragma once

#include "bmc/bmc.h"

#include <string>
#include <vector>

namespace isolde::bmc {

/// "On" and "Off"; what is on the way, or not told, is Unknown.
Power read_power(const std::string& state);
Power wanted_power(PowerAction action);
/// In the order to try them; never one that toggles or restarts.
std::vector<std::string> reset_types(PowerAction action, const std::vector<std::string>& allowed);

}  // namespace isolde::bmc
