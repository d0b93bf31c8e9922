// SPDX-License-Identifier: GPL-3.0-or-later
#include "redfish/task.h"

#include "http/message.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace isolde::redfish {
namespace {

/// iDRAC answers 404 for a job for about ten seconds after its 202.
constexpr base::Duration kAppearsWithin = std::chrono::seconds(15);

bool is_task(const Json& body) {
    return !text_at(body, "TaskState").empty();
}

TaskVerdict judge_state(const Json& body) {
    const std::string state = text_at(body, "TaskState");
    const auto is = [&state](std::string_view name) { return http::equal_ignoring_case(state, name); };
    if (is("Exception") || is("Killed") || is("Cancelled")) return TaskVerdict::Failed;
    if (!is("Completed")) return TaskVerdict::Running;
    const bool critical = http::equal_ignoring_case(text_at(body, "TaskStatus"), "Critical");
    return critical ? TaskVerdict::Failed : TaskVerdict::Done;
}

}  // namespace

TaskVerdict judge_task(const TaskLook& look) {
    if (look.status == 404) {
        return look.seen_before || look.elapsed >= kAppearsWithin ? TaskVerdict::Gone : TaskVerdict::Running;
    }
    if (look.status >= 400) return TaskVerdict::Failed;
    if (is_task(look.body)) return judge_state(look.body);
    return look.status == 202 ? TaskVerdict::Running : TaskVerdict::Done;
}

std::string task_path(const Json& body, const std::string& location) {
    if (is_task(body)) {
        if (std::string own = link_at(body, "@odata.id"); !own.empty()) return own;
    }
    if (auto path = resource_path(location)) return *path;
    for (const auto* name : {"TaskMonitor", "TaskUri", "@odata.id"}) {
        if (std::string path = link_at(body, name); !path.empty()) return path;
    }
    return "";
}

}  // namespace isolde::redfish
