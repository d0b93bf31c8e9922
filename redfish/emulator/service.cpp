// SPDX-License-Identifier: GPL-3.0-or-later
#include "redfish/emulator/service.h"

#include "base/digest.h"
#include "redfish/emulator/changes.h"
#include "redfish/emulator/views.h"

#include <algorithm>

namespace isolde::emulator {
namespace {

using base::Json;

constexpr std::size_t kTasksKept = 64;

/// The JSON object in a request body; an empty body is an empty object.
struct BodyOrRefusal {
    Json body = Json::object();
    Refusal refusal;
};

BodyOrRefusal read_body(const Call& call) {
    BodyOrRefusal result;
    if (call.body.empty()) {
        return result;
    }
    const std::optional<std::string> header = call.headers.find("Content-Type");
    const std::string_view type = header ? *header : std::string_view();
    if (!http::equal_ignoring_case(type.substr(0, type.find(';')), "application/json")) {
        result.refusal = refuse(Message::MissingContentType);
        return result;
    }
    auto parsed = base::parse_json(call.body);
    if (!parsed.ok()) {
        result.refusal = refuse(Message::MalformedJson);
    } else if (!parsed->is_object()) {
        result.refusal = refuse(Message::UnrecognizedRequestBody);
    } else {
        result.body = std::move(*parsed);
    }
    return result;
}

Reply not_found(const std::string& path) {
    return refuse(Message::ResourceNotFound, {path});
}

Reply method_not_allowed(const Route& route, const Call& call) {
    Reply reply = refuse(Message::MethodNotAllowed, {call.method});
    reply.headers.set("Allow", std::string(route.allow));
    return reply;
}

bool allows(const Route& route, std::string_view method) {
    std::string_view rest = route.allow;
    while (!rest.empty()) {
        const std::size_t comma = rest.find(", ");
        if (rest.substr(0, comma) == method) {
            return true;
        }
        rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 2);
    }
    return false;
}

template <typename Items, typename PathOf>
std::vector<std::string> paths_of(const Items& items, PathOf path_of) {
    std::vector<std::string> paths;
    for (const auto& item : items) {
        paths.push_back(path_of(item));
    }
    return paths;
}

}  // namespace

std::string etag_of(const Json& resource) {
    constexpr std::size_t kDigits = 16;
    return "\"" + base::sha256(base::dump_json(resource)).hex().substr(0, kDigits) + "\"";
}

RedfishService::RedfishService(const Profile& profile, Timing timing, ServiceIdentity identity, Sessions sessions,
                               std::vector<System> systems)
    : profile_(profile),
      timing_(timing),
      identity_(std::move(identity)),
      sessions_(std::move(sessions)),
      systems_(std::move(systems)) {}

Reply RedfishService::serve(const Call& call, base::SteadyTime now) {
    advance(now);
    const std::optional<Route> route = find_route(call.path);
    const bool logs_in = route && route->resource == Resource::Sessions && call.method == "POST";
    const bool open = logs_in || (route && route->open);
    Reply reply;
    if (!open && !sessions_.admits(call.headers, now)) {
        reply = refuse(Message::NoValidSession);
        reply.headers.set("WWW-Authenticate", "Basic realm=\"Redfish\"");
    } else if (!route || !exists(*route)) {
        reply = not_found(call.path);
    } else if (!allows(*route, call.method)) {
        reply = method_not_allowed(*route, call);
    } else {
        reply = dispatch(*route, call, now);
    }
    reply.headers.set("OData-Version", "4.0");
    reply.headers.set("Cache-Control", "no-cache");
    return reply;
}

void RedfishService::advance(base::SteadyTime now) {
    for (System& system : systems_) {
        system.machine.advance(now);
    }
}

std::optional<base::SteadyTime> RedfishService::next_due() const {
    std::optional<base::SteadyTime> next;
    for (const System& system : systems_) {
        const auto due = system.machine.next_due();
        if (due && (!next || *due < *next)) {
            next = due;
        }
    }
    return next;
}

std::vector<SystemCommand> RedfishService::take_commands() {
    std::vector<SystemCommand> commands;
    for (std::size_t index = 0; index < systems_.size(); ++index) {
        for (HostCommand& command : systems_[index].machine.take_commands()) {
            commands.push_back({index, std::move(command)});
        }
    }
    return commands;
}

System* RedfishService::find_system(std::string_view id) {
    const auto found = std::find_if(systems_.begin(), systems_.end(), [id](const System& one) { return one.id == id; });
    return found == systems_.end() ? nullptr : &*found;
}

const System* RedfishService::find_system(std::string_view id) const {
    const auto found = std::find_if(systems_.begin(), systems_.end(), [id](const System& one) { return one.id == id; });
    return found == systems_.end() ? nullptr : &*found;
}

const MediaTask* RedfishService::find_task(std::string_view id) const {
    const auto found = std::find_if(tasks_.begin(), tasks_.end(), [id](const MediaTask& one) { return one.id == id; });
    return found == tasks_.end() ? nullptr : &*found;
}

/// Whether what the path names is there, so that its methods mean something.
bool RedfishService::exists(const Route& route) const {
    switch (route.resource) {
        case Resource::Session: return sessions_.find(route.member) != nullptr;
        case Resource::Task:
        case Resource::TaskMonitor: return find_task(route.member) != nullptr;
        case Resource::System:
        case Resource::ResetInfo:
        case Resource::Reset:
        case Resource::Manager:
        case Resource::Chassis: return find_system(route.member) != nullptr;
        case Resource::MediaCollection:
        case Resource::Media:
        case Resource::InsertInfo:
        case Resource::Insert:
        case Resource::Eject: return render_media(route).has_value();
        default: return true;
    }
}

Reply RedfishService::dispatch(const Route& route, const Call& call, base::SteadyTime now) {
    if (call.method == "GET" || call.method == "HEAD") {
        return get(route, call, now);
    }
    if (call.method == "PATCH") {
        return patch(route, call, now);
    }
    if (call.method == "DELETE") {
        sessions_.close(route.member);
        return no_content();
    }
    return post(route, call, now);
}

Reply RedfishService::get(const Route& route, const Call& call, base::SteadyTime now) {
    if (route.resource == Resource::TaskMonitor) {
        return monitor(route, now);
    }
    std::optional<Json> resource = render(route, now);
    if (!resource) {
        return not_found(call.path);
    }
    const std::string etag = etag_of(*resource);
    Reply reply;
    if (call.headers.find("If-None-Match") == etag) {
        reply.status = 304;
    } else {
        if (resource->contains("@odata.id")) {
            (*resource)["@odata.etag"] = etag;
        }
        reply.body = std::move(*resource);
    }
    reply.headers.set("ETag", etag);
    reply.headers.set("Allow", std::string(route.allow));
    return reply;
}

std::optional<Json> RedfishService::render(const Route& route, base::SteadyTime now) const {
    switch (route.resource) {
        case Resource::Versions: return versions_view();
        case Resource::ServiceRoot: return root_view(profile_, identity_);
        case Resource::ServiceDocument: return service_document_view();
        case Resource::SessionService: return session_service_view(profile_);
        case Resource::TaskService: return task_service_view();
        case Resource::Sessions:
            return collection_view("/redfish/v1/SessionService/Sessions", "SessionCollection", "Sessions",
                                   paths_of(sessions_.list(), [](const Session& one) { return session_path(one.id); }));
        case Resource::Systems:
            return collection_view("/redfish/v1/Systems", "ComputerSystemCollection", "Systems",
                                   paths_of(systems_, [](const System& one) { return system_path(one.id); }));
        case Resource::Managers:
            return collection_view("/redfish/v1/Managers", "ManagerCollection", "Managers",
                                   paths_of(systems_, [](const System& one) { return manager_path(one.id); }));
        case Resource::ChassisCollection:
            return collection_view("/redfish/v1/Chassis", "ChassisCollection", "Chassis",
                                   paths_of(systems_, [](const System& one) { return chassis_path(one.id); }));
        case Resource::Tasks:
            return collection_view("/redfish/v1/TaskService/Tasks", "TaskCollection", "Tasks",
                                   paths_of(tasks_, [](const MediaTask& one) { return task_path(one.id); }));
        default: return render_member(route, now);
    }
}

std::optional<Json> RedfishService::render_member(const Route& route, base::SteadyTime now) const {
    if (route.resource == Resource::Session) {
        return session_view(*sessions_.find(route.member));
    }
    if (route.resource == Resource::Task) {
        return task_view(*find_task(route.member), identity_, now);
    }
    const System* const system = find_system(route.member);
    switch (route.resource) {
        case Resource::System: return system_view(*system, profile_, identity_);
        case Resource::ResetInfo: return reset_info_view(*system, profile_);
        case Resource::Manager: return manager_view(*system, profile_, identity_);
        case Resource::Chassis: return chassis_view(*system, profile_);
        default: return render_media(route);
    }
}

/// The collection or slot of a media path. Nothing where this profile has none there.
std::optional<Json> RedfishService::render_media(const Route& route) const {
    const System* const system = find_system(route.member);
    const bool has_home = route.in_manager ? profile_.media_in_managers : profile_.media_in_systems;
    if (system == nullptr || !has_home) {
        return std::nullopt;
    }
    const std::vector<Slot>& slots = system->machine.slots();
    if (route.resource == Resource::MediaCollection) {
        return collection_view(
            route.home + "/VirtualMedia", "VirtualMediaCollection", "Virtual Media",
            paths_of(slots, [&](const Slot& one) { return media_path(route.home, one.profile.id); }));
    }
    const auto slot =
        std::find_if(slots.begin(), slots.end(), [&](const Slot& one) { return one.profile.id == route.slot; });
    if (slot == slots.end()) {
        return std::nullopt;
    }
    return route.resource == Resource::InsertInfo ? insert_info_view(*slot, route.home, profile_)
                                                  : media_view(*slot, route.home);
}

Reply RedfishService::patch(const Route& route, const Call& call, base::SteadyTime now) {
    const auto if_match = call.headers.find("If-Match");
    if (!if_match && profile_.if_match_required) {
        return refuse(Message::PreconditionRequired);
    }
    if (if_match && *if_match != "*" && *if_match != etag_of(*render(route, now))) {
        return refuse(Message::PreconditionFailed);
    }
    BodyOrRefusal request = read_body(call);
    if (!request.refusal) {
        System& system = *find_system(route.member);
        request.refusal = route.resource == Resource::System
                              ? patch_system(system, profile_, request.body)
                              : patch_media(*system.machine.find_slot(route.slot), request.body);
    }
    if (request.refusal) {
        return std::move(*request.refusal);
    }
    return profile_.patch_answer == PatchAnswer::Resource ? get(route, Call{}, now) : no_content();
}

Reply RedfishService::post(const Route& route, const Call& call, base::SteadyTime now) {
    BodyOrRefusal request = read_body(call);
    if (request.refusal) {
        return std::move(*request.refusal);
    }
    if (route.resource == Resource::Sessions) {
        return open_session(request.body, now);
    }
    if (route.resource == Resource::Reset) {
        Refusal refusal = reset_system(*find_system(route.member), profile_, request.body, now);
        return refusal ? std::move(*refusal) : no_content();
    }
    return media_action(route, request.body, now);
}

Reply RedfishService::open_session(const Json& body, base::SteadyTime now) {
    for (const std::string name : {"UserName", "Password"}) {
        if (!body.contains(name)) {
            return refuse(Message::ActionParameterMissing, {"Sessions", name}, {"/" + name});
        }
        if (!body[name].is_string()) {
            return refuse(Message::PropertyTypeError, {"******", name}, {"/" + name});
        }
    }
    const std::string user = body["UserName"];
    if (!sessions_.knows(user, body["Password"].get<std::string>())) {
        return refuse(Message::NoValidSession);
    }
    const std::optional<Session> session = sessions_.open(user, now);
    if (!session) {
        return refuse(Message::SessionLimitExceeded);
    }
    Reply reply = answer(session_view(*session), 201);
    reply.headers.set("X-Auth-Token", session->token.reveal());
    reply.headers.set("Location", session_path(session->id));
    return reply;
}

Reply RedfishService::media_action(const Route& route, const Json& body, base::SteadyTime now) {
    Machine& machine = find_system(route.member)->machine;
    Slot& slot = *machine.find_slot(route.slot);
    const bool inserts = route.resource == Resource::Insert;
    Refusal refusal =
        inserts ? insert_media(machine, slot, profile_, body, now) : eject_media(machine, slot, body, now);
    if (refusal) {
        return std::move(*refusal);
    }
    return media_answer((inserts ? "Insert " : "Eject ") + slot.profile.id,
                        inserts ? timing_.insert_lag : timing_.eject_lag, now);
}

Reply RedfishService::media_answer(const std::string& name, base::Duration lag, base::SteadyTime now) {
    if (profile_.media_answer == MediaAnswer::NoContent) {
        return no_content();
    }
    if (tasks_.size() >= kTasksKept) {
        tasks_.erase(tasks_.begin());
    }
    tasks_.push_back({std::to_string(next_task_++), name, now, now + lag});
    Reply reply = answer(task_view(tasks_.back(), identity_, now), 202);
    reply.headers.set("Location", task_path(tasks_.back().id) + "/Monitor");
    reply.headers.set("Retry-After", "1");
    return reply;
}

Reply RedfishService::monitor(const Route& route, base::SteadyTime now) const {
    const MediaTask& task = *find_task(route.member);
    if (now >= task.due) {
        return no_content();
    }
    Reply reply = answer(task_view(task, identity_, now), 202);
    reply.headers.set("Location", task_path(task.id) + "/Monitor");
    reply.headers.set("Retry-After", "1");
    return reply;
}

}  // namespace isolde::emulator
