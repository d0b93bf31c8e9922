// SPDX-License-Identifier: GPL-3.0-or-later
//
// Which resource a path names. A virtual-media slot has one path below its system and one below its manager; both are
// the same slot.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace isolde::emulator {

enum class Resource {
    Versions,
    ServiceRoot,
    ServiceDocument,
    SessionService,
    Sessions,
    Session,
    Systems,
    System,
    ResetInfo,
    Reset,
    MediaCollection,
    Media,
    InsertInfo,
    Insert,
    Eject,
    Managers,
    Manager,
    ChassisCollection,
    Chassis,
    TaskService,
    Tasks,
    Task,
    TaskMonitor,
};

/// A path taken apart. `allow` is the value of the Allow header. `home` is the resource that a media path hangs from.
struct Route {
    Resource resource;
    std::string_view allow;
    bool open;           ///< served without credentials
    std::string home;    ///< "/redfish/v1/Systems/1" or "/redfish/v1/Managers/1"
    std::string member;  ///< system, manager or chassis id; session or task id
    std::string slot;
    bool in_manager = false;
};

/// Nothing for a path that no resource has. One trailing slash is ignored.
std::optional<Route> find_route(std::string_view path);

std::string system_path(std::string_view id);
std::string manager_path(std::string_view id);
std::string chassis_path(std::string_view id);
std::string session_path(std::string_view id);
std::string task_path(std::string_view id);
std::string media_path(std::string_view home, std::string_view slot);

}  // namespace isolde::emulator
