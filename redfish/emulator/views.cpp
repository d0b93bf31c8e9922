// SPDX-License-Identifier: GPL-3.0-or-later
#include "redfish/emulator/views.h"

#include <algorithm>

namespace isolde::emulator {
namespace {

using base::Json;

Json link(std::string path) {
    return {{"@odata.id", std::move(path)}};
}

Json healthy(std::string_view state = "Enabled") {
    return {{"State", state}, {"Health", "OK"}};
}

Json text_or_null(const std::string& text) {
    return text.empty() ? Json(nullptr) : Json(text);
}

std::string date_of(base::SteadyTime time, const ServiceIdentity& identity) {
    const auto since_origin = std::chrono::duration_cast<std::chrono::microseconds>(time - identity.steady_origin);
    return base::to_iso8601(identity.wall_origin + since_origin);
}

Json boot_view(const BootOverride& boot, const Profile& profile) {
    return {{"BootSourceOverrideEnabled", to_string(boot.enabled)},
            {"BootSourceOverrideEnabled@Redfish.AllowableValues", {"Disabled", "Once", "Continuous"}},
            {"BootSourceOverrideTarget", boot.target},
            {"BootSourceOverrideTarget@Redfish.AllowableValues", profile.boot_targets},
            {"BootSourceOverrideMode", to_string(boot.mode)},
            {"BootSourceOverrideMode@Redfish.AllowableValues", {"Legacy", "UEFI"}},
            {"HttpBootUri", text_or_null(boot.http_boot_uri)}};
}

/// The file name in a URL, as VirtualMedia.ImageName shows it.
std::string image_name(const std::string& url) {
    const std::string path = url.substr(0, url.find_first_of("?#"));
    return path.substr(path.rfind('/') + 1);
}

Json parameter(std::string_view name, bool required, std::string_view type) {
    return {{"Name", name}, {"Required", required}, {"DataType", type}};
}

}  // namespace

Json versions_view() {
    return {{"v1", "/redfish/v1/"}};
}

Json root_view(const Profile& profile, const ServiceIdentity& identity) {
    return {{"@odata.type", "#ServiceRoot.v1_15_0.ServiceRoot"},
            {"@odata.id", "/redfish/v1/"},
            {"Id", "RootService"},
            {"Name", "Root Service"},
            {"RedfishVersion", profile.redfish_version},
            {"UUID", identity.uuid},
            {"Vendor", profile.vendor},
            {"Product", profile.product},
            {"ProtocolFeaturesSupported",
             {{"ExpandQuery", {{"ExpandAll", false}, {"Levels", false}, {"Links", false}, {"NoLinks", false}}},
              {"FilterQuery", false},
              {"OnlyMemberQuery", false},
              {"SelectQuery", false}}},
            {"Systems", link("/redfish/v1/Systems")},
            {"Managers", link("/redfish/v1/Managers")},
            {"Chassis", link("/redfish/v1/Chassis")},
            {"SessionService", link("/redfish/v1/SessionService")},
            {"Tasks", link("/redfish/v1/TaskService")},
            {"Links", {{"Sessions", link("/redfish/v1/SessionService/Sessions")}}}};
}

Json service_document_view() {
    Json entries = Json::array();
    for (const std::string name : {"Systems", "Managers", "Chassis", "SessionService"}) {
        entries.push_back({{"name", name}, {"kind", "Singleton"}, {"url", "/redfish/v1/" + name}});
    }
    return {{"@odata.context", "/redfish/v1/$metadata"}, {"value", std::move(entries)}};
}

Json collection_view(std::string_view path, std::string_view type, std::string_view name,
                     const std::vector<std::string>& members) {
    Json links = Json::array();
    for (const std::string& member : members) {
        links.push_back(link(member));
    }
    const std::string kind(type);
    return {{"@odata.type", "#" + kind + "." + kind},
            {"@odata.id", path},
            {"Name", name},
            {"Members@odata.count", members.size()},
            {"Members", std::move(links)}};
}

Json session_service_view(const Profile& profile) {
    const auto timeout = std::chrono::duration_cast<std::chrono::seconds>(profile.timing.session_timeout);
    return {{"@odata.type", "#SessionService.v1_1_8.SessionService"},
            {"@odata.id", "/redfish/v1/SessionService"},
            {"Id", "SessionService"},
            {"Name", "Session Service"},
            {"ServiceEnabled", true},
            {"SessionTimeout", timeout.count()},
            {"Status", healthy()},
            {"Sessions", link("/redfish/v1/SessionService/Sessions")}};
}

Json session_view(const Session& session) {
    return {{"@odata.type", "#Session.v1_5_0.Session"},
            {"@odata.id", session_path(session.id)},
            {"Id", session.id},
            {"Name", "User Session"},
            {"UserName", session.user},
            {"SessionType", "Redfish"}};
}

Json system_view(const System& system, const Profile& profile, const ServiceIdentity& identity) {
    const Machine& machine = system.machine;
    const std::string path = system_path(system.id);
    Json view = {{"@odata.type", "#ComputerSystem.v1_20_0.ComputerSystem"},
                 {"@odata.id", path},
                 {"Id", system.id},
                 {"Name", "System " + system.id},
                 {"SystemType", "Physical"},
                 {"Manufacturer", profile.vendor},
                 {"Model", profile.model},
                 {"SerialNumber", system.serial},
                 {"UUID", system.uuid},
                 {"AssetTag", system.asset_tag},
                 {"PowerState", to_string(machine.power())},
                 {"Status", healthy(machine.power() == Power::On ? "Enabled" : "StandbyOffline")},
                 {"Boot", boot_view(machine.boot_override(), profile)}};
    view["BootProgress"] = {{"LastState", machine.boot_progress()}};
    if (machine.boot_progress_since() != base::SteadyTime{}) {
        view["BootProgress"]["LastStateTime"] = date_of(machine.boot_progress_since(), identity);
    }
    if (machine.last_reset()) {
        view["LastResetTime"] = date_of(*machine.last_reset(), identity);
    }
    view["Actions"]["#ComputerSystem.Reset"] = {{"target", path + "/Actions/ComputerSystem.Reset"},
                                                {"@Redfish.ActionInfo", path + "/ResetActionInfo"},
                                                {"ResetType@Redfish.AllowableValues", profile.reset_types}};
    if (profile.media_in_systems) {
        view["VirtualMedia"] = link(path + "/VirtualMedia");
    }
    view["Links"] = {{"ManagedBy", {link(manager_path(system.id))}}, {"Chassis", {link(chassis_path(system.id))}}};
    return view;
}

Json reset_info_view(const System& system, const Profile& profile) {
    Json type = parameter("ResetType", true, "String");
    type["AllowableValues"] = profile.reset_types;
    return {{"@odata.type", "#ActionInfo.v1_3_0.ActionInfo"},
            {"@odata.id", system_path(system.id) + "/ResetActionInfo"},
            {"Id", "ResetActionInfo"},
            {"Name", "Reset Action Info"},
            {"Parameters", {std::move(type)}}};
}

Json manager_view(const System& system, const Profile& profile, const ServiceIdentity& identity) {
    const std::string path = manager_path(system.id);
    Json view = {{"@odata.type", "#Manager.v1_17_0.Manager"},
                 {"@odata.id", path},
                 {"Id", system.id},
                 {"Name", "Manager " + system.id},
                 {"ManagerType", "BMC"},
                 {"Model", profile.product},
                 {"FirmwareVersion", profile.firmware_version},
                 {"ServiceEntryPointUUID", identity.uuid},
                 {"UUID", identity.uuid},
                 {"PowerState", "On"},
                 {"Status", healthy()}};
    if (profile.media_in_managers) {
        view["VirtualMedia"] = link(path + "/VirtualMedia");
    }
    view["Links"] = {{"ManagerForServers", {link(system_path(system.id))}},
                     {"ManagerForChassis", {link(chassis_path(system.id))}}};
    return view;
}

Json chassis_view(const System& system, const Profile& profile) {
    return {{"@odata.type", "#Chassis.v1_23_0.Chassis"},
            {"@odata.id", chassis_path(system.id)},
            {"Id", system.id},
            {"Name", "Chassis " + system.id},
            {"ChassisType", "RackMount"},
            {"Manufacturer", profile.vendor},
            {"Model", profile.model},
            {"SerialNumber", system.serial},
            {"PowerState", to_string(system.machine.power())},
            {"Status", healthy()},
            {"Links",
             {{"ComputerSystems", {link(system_path(system.id))}}, {"ManagedBy", {link(manager_path(system.id))}}}}};
}

Json media_view(const Slot& slot, const std::string& home) {
    const std::string path = media_path(home, slot.profile.id);
    Json view = {{"@odata.type", "#VirtualMedia.v1_6_0.VirtualMedia"},
                 {"@odata.id", path},
                 {"Id", slot.profile.id},
                 {"Name", slot.profile.name},
                 {"MediaTypes", slot.profile.media_types},
                 {"Image", text_or_null(slot.image)},
                 {"ImageName", text_or_null(image_name(slot.image))},
                 {"Inserted", slot.inserted},
                 {"ConnectedVia", slot.inserted ? "URI" : "NotConnected"},
                 {"WriteProtected", slot.write_protected},
                 {"TransferMethod", "Stream"},
                 {"VerifyCertificate", slot.verify_certificate},
                 {"UserName", text_or_null(slot.user_name)},
                 {"Password", nullptr}};
    const std::string action = path + "/Actions/VirtualMedia.";
    view["Actions"]["#VirtualMedia.InsertMedia"] = {{"target", action + "InsertMedia"},
                                                    {"@Redfish.ActionInfo", path + "/InsertMediaActionInfo"}};
    view["Actions"]["#VirtualMedia.EjectMedia"] = {{"target", action + "EjectMedia"}};
    return view;
}

Json insert_info_view(const Slot& slot, const std::string& home, const Profile& profile) {
    Json protocol = parameter("TransferProtocolType", false, "String");
    protocol["AllowableValues"] = profile.transfer_protocols;
    Json method = parameter("TransferMethod", false, "String");
    method["AllowableValues"] = Json::array({"Stream"});
    return {{"@odata.type", "#ActionInfo.v1_3_0.ActionInfo"},
            {"@odata.id", media_path(home, slot.profile.id) + "/InsertMediaActionInfo"},
            {"Id", "InsertMediaActionInfo"},
            {"Name", "Insert Media Action Info"},
            {"Parameters",
             {parameter("Image", true, "String"), parameter("Inserted", false, "Boolean"),
              parameter("WriteProtected", false, "Boolean"), parameter("UserName", false, "String"),
              parameter("Password", false, "String"), std::move(protocol), std::move(method)}}};
}

Json task_service_view() {
    return {{"@odata.type", "#TaskService.v1_2_0.TaskService"},
            {"@odata.id", "/redfish/v1/TaskService"},
            {"Id", "TaskService"},
            {"Name", "Task Service"},
            {"ServiceEnabled", true},
            {"Status", healthy()},
            {"Tasks", link("/redfish/v1/TaskService/Tasks")}};
}

Json task_view(const MediaTask& task, const ServiceIdentity& identity, base::SteadyTime now) {
    const bool done = now >= task.due;
    Json view = {{"@odata.type", "#Task.v1_7_1.Task"},
                 {"@odata.id", task_path(task.id)},
                 {"Id", task.id},
                 {"Name", task.name},
                 {"TaskState", done ? "Completed" : "Running"},
                 {"TaskStatus", "OK"},
                 {"PercentComplete", done ? 100 : 0},
                 {"StartTime", date_of(task.begun, identity)},
                 {"TaskMonitor", task_path(task.id) + "/Monitor"},
                 {"Messages", Json::array()}};
    if (done) {
        view["EndTime"] = date_of(task.due, identity);
    }
    return view;
}

}  // namespace isolde::emulator
