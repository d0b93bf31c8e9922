// SPDX-License-Identifier: GPL-3.0-or-later
#include "redfish/discovery.h"

#include <algorithm>
#include <optional>

namespace isolde::redfish {
namespace {

using namespace std::chrono_literals;

constexpr auto kMembersReturnWithin = 2min;
constexpr auto kMembersPause = 5s;

/// Failures of one resource that say nothing about the rest of the BMC.
bool concerns_only_this(const base::Error& error) {
    return error.kind == base::ErrorKind::NotFound || error.kind == base::ErrorKind::Unsupported ||
           error.kind == base::ErrorKind::Corrupt || error.kind == base::ErrorKind::Conflict;
}

base::Result<std::vector<std::string>> system_paths(Service& service, ServiceCollaborators with,
                                                    base::Deadline deadline) {
    const ServiceRoot root = TRY(service.root(deadline));
    const auto until = deadline.sooner(base::Deadline::after(with.clock, kMembersReturnWithin));
    for (;;) {
        auto paths = TRY(service.members(root.systems, deadline));
        if (!paths.empty() || until.remaining(with.clock) <= kMembersPause) return paths;
        if (!with.waiter.wait(kMembersPause, with.stop)) return base::cancelled("stopping");
    }
}

bool is_meant(const ComputerSystem& system, const std::string& wanted) {
    return same_resource(system.path, wanted) || system.id == wanted ||
           http::equal_ignoring_case(system.uuid, wanted) || (!system.serial.empty() && system.serial == wanted);
}

/// Boards of accelerators list themselves as systems, but cannot be reset and booted as a host can.
bool is_host(const ComputerSystem& system) {
    return system.reset.exists() && system.boot.has_target;
}

std::string list(const std::vector<std::string>& paths) {
    std::string text;
    for (const auto& path : paths) {
        text += (text.empty() ? "" : ", ") + path;
    }
    return text;
}

base::Result<FoundSystem> read_system(Service& service, const std::string& path, base::Deadline deadline) {
    Resource resource = TRY(service.get(path, deadline));
    ComputerSystem system = read_computer_system(resource.body, path);
    return FoundSystem{std::move(resource), std::move(system)};
}

base::Result<FoundSystem> search(Service& service, const std::vector<std::string>& paths, const std::string& wanted,
                                 base::Deadline deadline) {
    std::optional<FoundSystem> found;
    for (const auto& path : paths) {
        FoundSystem candidate = TRY(read_system(service, path, deadline));
        if (!wanted.empty() && is_meant(candidate.system, wanted)) return candidate;
        if (!wanted.empty() || !is_host(candidate.system)) continue;
        if (found) {
            return base::unsupported(service.endpoint().origin() + " has several systems: " + list(paths) +
                                     "; set redfish_system_id to one of them");
        }
        found = std::move(candidate);
    }
    if (found) return std::move(*found);
    return base::unsupported(service.endpoint().origin() + " has no system" +
                             (wanted.empty() ? " that can be reset and booted" : " '" + wanted + "'") +
                             "; it has: " + list(paths));
}

void append_new(std::vector<std::string>& paths, const std::string& path) {
    const auto same = [&path](const std::string& other) { return same_resource(other, path); };
    if (std::none_of(paths.begin(), paths.end(), same)) paths.push_back(path);
}

std::string below(const std::string& path, const char* name) {
    return path + (path.ends_with('/') ? "" : "/") + name;
}

/// Gathers slots from collections, each slot once.
class SlotGatherer {
  public:
    SlotGatherer(Service& service, base::Deadline deadline) : service_(service), deadline_(deadline) {}

    base::Result<void> add_collection(const std::string& path, bool of_system) {
        auto members = service_.members(path, deadline_);
        if (!members.ok()) {
            if (!concerns_only_this(members.error())) return std::move(members).error();
            return {};
        }
        for (const auto& member : *members) {
            TRY(add_slot(member, of_system));
        }
        return {};
    }

    bool empty() const { return slots_.empty(); }
    std::vector<FoundSlot> take() { return std::move(slots_); }

  private:
    base::Result<void> add_slot(const std::string& path, bool of_system) {
        const auto known = [&path](const FoundSlot& slot) { return same_resource(slot.media.path, path); };
        if (std::any_of(slots_.begin(), slots_.end(), known)) return {};
        auto resource = service_.get(path, deadline_);
        if (!resource.ok()) {
            const bool tolerable = concerns_only_this(resource.error()) || is_server_error(resource.error());
            if (!tolerable) return std::move(resource).error();
            return {};
        }
        VirtualMedia media = read_virtual_media(resource->body, path);
        slots_.push_back({std::move(*resource), std::move(media), of_system});
        return {};
    }

    /// A slot whose backend is missing answers 500; a BMC that cannot be reached at all is another matter.
    static bool is_server_error(const base::Error& error) {
        return error.kind == base::ErrorKind::Unavailable && contains_ignoring_case(error.message, ": 500 ");
    }

    Service& service_;
    base::Deadline deadline_;
    std::vector<FoundSlot> slots_;
};

}  // namespace

base::Result<FoundSystem> find_system(Service& service, const std::string& wanted, ServiceCollaborators with,
                                      base::Deadline deadline) {
    if (wanted.starts_with('/')) {
        if (const auto path = resource_path(wanted)) return read_system(service, *path, deadline);
    }
    const auto paths = TRY(system_paths(service, std::move(with), deadline));
    if (paths.size() == 1 && wanted.empty()) return read_system(service, paths.front(), deadline);
    return search(service, paths, wanted, deadline);
}

base::Result<std::vector<Manager>> find_managers(Service& service, const ComputerSystem& system,
                                                 base::Deadline deadline) {
    std::vector<std::string> paths = system.managers;
    const ServiceRoot root = TRY(service.root(deadline));
    if (!root.managers.empty()) {
        for (const auto& path : TRY(service.members(root.managers, deadline))) {
            append_new(paths, path);
        }
    }
    std::vector<Manager> managers;
    for (const auto& path : paths) {
        auto resource = service.get(path, deadline);
        if (resource.ok()) {
            managers.push_back(read_manager(resource->body, path));
        } else if (!concerns_only_this(resource.error())) {
            return std::move(resource).error();
        }
    }
    return managers;
}

base::Result<std::vector<FoundSlot>> find_slots(Service& service, const ComputerSystem& system,
                                                const std::vector<Manager>& managers, base::Deadline deadline) {
    SlotGatherer gatherer(service, deadline);
    if (!system.virtual_media.empty()) TRY(gatherer.add_collection(system.virtual_media, true));
    for (const auto& manager : managers) {
        if (!manager.virtual_media.empty()) TRY(gatherer.add_collection(manager.virtual_media, false));
    }
    if (gatherer.empty()) TRY(gatherer.add_collection(below(system.path, "VirtualMedia"), true));
    for (const auto& manager : managers) {
        if (gatherer.empty()) TRY(gatherer.add_collection(below(manager.path, "VirtualMedia"), false));
    }
    return gatherer.take();
}

}  // namespace isolde::redfish
