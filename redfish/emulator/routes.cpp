// SPDX-License-Identifier: GPL-3.0-or-later
#include "redfish/emulator/routes.h"

#include <algorithm>
#include <array>
#include <vector>

namespace isolde::emulator {
namespace {

struct Pattern {
    std::string_view path;  ///< "*" is a member's id, the second one a slot's
    Resource resource;
    std::string_view allow;
    bool open = false;
};

constexpr std::string_view kRead = "GET, HEAD";
constexpr std::string_view kChange = "GET, HEAD, PATCH";
constexpr std::string_view kAction = "POST";

constexpr std::array kPatterns = {
    Pattern{"redfish", Resource::Versions, kRead, true},
    Pattern{"redfish/v1", Resource::ServiceRoot, kRead, true},
    Pattern{"redfish/v1/odata", Resource::ServiceDocument, kRead, true},
    Pattern{"redfish/v1/SessionService", Resource::SessionService, kRead},
    Pattern{"redfish/v1/SessionService/Sessions", Resource::Sessions, "GET, HEAD, POST"},
    Pattern{"redfish/v1/SessionService/Sessions/*", Resource::Session, "GET, HEAD, DELETE"},
    Pattern{"redfish/v1/Systems", Resource::Systems, kRead},
    Pattern{"redfish/v1/Systems/*", Resource::System, kChange},
    Pattern{"redfish/v1/Systems/*/ResetActionInfo", Resource::ResetInfo, kRead},
    Pattern{"redfish/v1/Systems/*/Actions/ComputerSystem.Reset", Resource::Reset, kAction},
    Pattern{"redfish/v1/*/*/VirtualMedia", Resource::MediaCollection, kRead},
    Pattern{"redfish/v1/*/*/VirtualMedia/*", Resource::Media, kChange},
    Pattern{"redfish/v1/*/*/VirtualMedia/*/InsertMediaActionInfo", Resource::InsertInfo, kRead},
    Pattern{"redfish/v1/*/*/VirtualMedia/*/Actions/VirtualMedia.InsertMedia", Resource::Insert, kAction},
    Pattern{"redfish/v1/*/*/VirtualMedia/*/Actions/VirtualMedia.EjectMedia", Resource::Eject, kAction},
    Pattern{"redfish/v1/Managers", Resource::Managers, kRead},
    Pattern{"redfish/v1/Managers/*", Resource::Manager, kRead},
    Pattern{"redfish/v1/Chassis", Resource::ChassisCollection, kRead},
    Pattern{"redfish/v1/Chassis/*", Resource::Chassis, kRead},
    Pattern{"redfish/v1/TaskService", Resource::TaskService, kRead},
    Pattern{"redfish/v1/TaskService/Tasks", Resource::Tasks, kRead},
    Pattern{"redfish/v1/TaskService/Tasks/*", Resource::Task, kRead},
    Pattern{"redfish/v1/TaskService/Tasks/*/Monitor", Resource::TaskMonitor, kRead},
};

std::vector<std::string_view> split(std::string_view path) {
    std::vector<std::string_view> parts;
    while (true) {
        const std::size_t slash = path.find('/');
        parts.push_back(path.substr(0, slash));
        if (slash == std::string_view::npos) {
            return parts;
        }
        path.remove_prefix(slash + 1);
    }
}

bool matches(const std::vector<std::string_view>& pattern, const std::vector<std::string_view>& path) {
    return std::equal(
        pattern.begin(), pattern.end(), path.begin(), path.end(),
        [](std::string_view wanted, std::string_view part) { return wanted == "*" ? !part.empty() : wanted == part; });
}

bool hangs_from_a_slot_home(Resource resource) {
    return resource == Resource::MediaCollection || resource == Resource::Media || resource == Resource::InsertInfo ||
           resource == Resource::Insert || resource == Resource::Eject;
}

}  // namespace

std::optional<Route> find_route(std::string_view path) {
    if (path.empty() || path.front() != '/') {
        return std::nullopt;
    }
    path.remove_prefix(1);
    if (path.ends_with('/')) {
        path.remove_suffix(1);
    }
    const std::vector<std::string_view> parts = split(path);
    for (const Pattern& pattern : kPatterns) {
        if (!matches(split(pattern.path), parts)) {
            continue;
        }
        Route route{pattern.resource, pattern.allow, pattern.open, "", "", "", false};
        if (hangs_from_a_slot_home(route.resource)) {
            if (parts[2] != "Systems" && parts[2] != "Managers") {
                return std::nullopt;
            }
            route.in_manager = parts[2] == "Managers";
            route.member = parts[3];
            route.home = route.in_manager ? manager_path(parts[3]) : system_path(parts[3]);
            route.slot = parts.size() > 5 ? parts[5] : std::string_view();
        } else {
            const bool in_service = parts.size() > 2 && (parts[2] == "SessionService" || parts[2] == "TaskService");
            const std::size_t index = in_service ? 4 : 3;
            route.member = parts.size() > index ? parts[index] : std::string_view();
        }
        return route;
    }
    return std::nullopt;
}

std::string system_path(std::string_view id) {
    return "/redfish/v1/Systems/" + std::string(id);
}
std::string manager_path(std::string_view id) {
    return "/redfish/v1/Managers/" + std::string(id);
}
std::string chassis_path(std::string_view id) {
    return "/redfish/v1/Chassis/" + std::string(id);
}
std::string session_path(std::string_view id) {
    return "/redfish/v1/SessionService/Sessions/" + std::string(id);
}
std::string task_path(std::string_view id) {
    return "/redfish/v1/TaskService/Tasks/" + std::string(id);
}
std::string media_path(std::string_view home, std::string_view slot) {
    return std::string(home) + "/VirtualMedia/" + std::string(slot);
}

}  // namespace isolde::emulator
