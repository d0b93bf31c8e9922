// SPDX-License-Identifier: GPL-3.0-or-later
//
// The Redfish service of one BMC: its resource tree, who may ask, and what requests do to its machines. It has no
// sockets, threads or clock: `serve` is a function of a call, the state and the time, so it is tested as such.
#pragma once

#include "redfish/emulator/machine.h"
#include "redfish/emulator/reply.h"
#include "redfish/emulator/routes.h"
#include "redfish/emulator/sessions.h"

#include <string>
#include <utility>
#include <vector>

namespace isolde::emulator {

/// One server behind a BMC. Its manager and chassis have the same id.
struct System {
    std::string id;  ///< "1"
    std::string uuid;
    std::string serial;
    Machine machine;
    std::string asset_tag;
};

/// A media action under way or done, where the profile answers with tasks.
struct MediaTask {
    std::string id;
    std::string name;
    base::SteadyTime begun;
    base::SteadyTime due;
};

struct ServiceIdentity {
    std::string uuid;
    /// Both readings of the clock at one instant: it turns times of the machines into dates.
    base::WallTime wall_origin{};
    base::SteadyTime steady_origin{};
};

struct SystemCommand {
    std::size_t system = 0;  ///< index into systems()
    HostCommand command;
};

/// Not thread-safe. `profile` must outlive it.
class RedfishService {
  public:
    RedfishService(const Profile& profile, Timing timing, ServiceIdentity identity, Sessions sessions,
                   std::vector<System> systems);

    /// The reply to one request; machines are brought to `now` first.
    Reply serve(const Call& call, base::SteadyTime now);

    void advance(base::SteadyTime now);
    std::optional<base::SteadyTime> next_due() const;
    std::vector<SystemCommand> take_commands();

    std::vector<System>& systems() { return systems_; }
    System* find_system(std::string_view id);

  private:
    Reply dispatch(const Route& route, const Call& call, base::SteadyTime now);
    Reply get(const Route& route, const Call& call, base::SteadyTime now);
    std::optional<base::Json> render(const Route& route, base::SteadyTime now) const;
    std::optional<base::Json> render_member(const Route& route, base::SteadyTime now) const;
    std::optional<base::Json> render_media(const Route& route) const;
    Reply patch(const Route& route, const Call& call, base::SteadyTime now);
    Reply post(const Route& route, const Call& call, base::SteadyTime now);
    Reply open_session(const base::Json& body, base::SteadyTime now);
    Reply media_action(const Route& route, const base::Json& body, base::SteadyTime now);
    Reply media_answer(const std::string& name, base::Duration lag, base::SteadyTime now);
    Reply monitor(const Route& route, base::SteadyTime now) const;
    bool exists(const Route& route) const;
    const System* find_system(std::string_view id) const;
    const MediaTask* find_task(std::string_view id) const;

    const Profile& profile_;
    Timing timing_;
    ServiceIdentity identity_;
    Sessions sessions_;
    std::vector<System> systems_;
    std::vector<MediaTask> tasks_;
    std::uint64_t next_task_ = 1;
};

/// A strong entity tag of what a resource shows.
std::string etag_of(const base::Json& resource);

}  // namespace isolde::emulator
