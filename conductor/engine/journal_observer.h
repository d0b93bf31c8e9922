// SPDX-License-Identifier: GPL-3.0-or-later
//
// How a test sees, and stops at, the points between which a kill must lose nothing.
#pragma once

#include <functional>
#include <string>

namespace isolde::conductor {

/// Called at each journal point, "deploy/insert/begin", "deploy/power-on/intent" or "deploy/insert/end", after it is
/// durable and before anything else happens. Tests stop the process there; production has none.
using JournalObserver = std::function<void(const std::string& point)>;

}  // namespace isolde::conductor
