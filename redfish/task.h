// SPDX-License-Identifier: GPL-3.0-or-later
//
// Operations that a BMC goes on with after its 202 (DSP0266 "Asynchronous operations"): where to look, and what an
// answer there means. Pure.
#pragma once

#include "base/clock.h"
#include "redfish/json_view.h"

#include <string>

namespace isolde::redfish {

enum class TaskVerdict {
    Running,
    Done,
    Failed,
    Gone,  ///< the BMC has cleared it away: the outcome shows only in the resource itself
};

/// One look at a task monitor or task.
struct TaskLook {
    int status = 0;
    const Json& body;
    bool seen_before = false;  ///< an earlier look found it
    base::Duration elapsed{};  ///< since the 202
};

/// A body that is a Task is judged by TaskState even under 200, as some BMCs answer; unknown states are Running.
TaskVerdict judge_task(const TaskLook& look);

/// Where to poll after a 202: the body's own @odata.id when it is a Task, else Location, else TaskMonitor. Empty when
/// the BMC gave nothing.
std::string task_path(const Json& body, const std::string& location);

}  // namespace isolde::redfish
