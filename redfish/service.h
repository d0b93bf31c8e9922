// SPDX-License-Identifier: GPL-3.0-or-later
//
// A BMC's Redfish service for one user: authenticated reads and writes, with sessions, ETags, tasks and paging done.
// What to ask for is the caller's.
#pragma once

#include "redfish/resources.h"
#include "redfish/session.h"
#include "redfish/transport.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace isolde::redfish {

struct ServiceOptions {
    std::string address;
    std::string user;  ///< empty: no authentication
    base::Secret password;
    AuthType auth_type = AuthType::Auto;
    TransportOptions transport;
};

/// All must outlive the service.
struct ServiceCollaborators {
    http::Client& client;
    const base::Clock& clock;
    base::Waiter& waiter;
    LaneDirectory& lanes;
    std::stop_token stop;
};

/// A resource as it was read.
struct Resource {
    std::string path;
    Json body;
    std::string etag;
    bool allows_patch = true;  ///< false: its Allow header lists methods without PATCH
};

/// Thread-safe. Errors of all calls: those of Transport::send, and of refusal() where no Answer is returned;
/// Unauthorized also, without a request, while refused credentials are resting.
class Service {
  public:
    /// Errors: InvalidArgument (address). No request is made.
    static base::Result<std::shared_ptr<Service>> create(ServiceOptions options, ServiceCollaborators collaborators);
    /// Logs out, best effort, within two seconds.
    ~Service();

    const Endpoint& endpoint() const { return transport_.endpoint(); }
    /// The service root, read once and without credentials where the BMC allows it.
    base::Result<ServiceRoot> root(base::Deadline deadline);
    /// Errors: NotFound and the others of refusal(); Corrupt when the answer is no JSON object.
    base::Result<Resource> get(const std::string& path, base::Deadline deadline);
    /// The members of a collection, over all its pages, at most kMaxItems.
    base::Result<std::vector<std::string>> members(const std::string& path, base::Deadline deadline);
    /// Whatever status; a 202 is followed until its task ends, and the task's end is the answer: 200, or 500 with the
    /// task's messages. `body` nothing: none is sent.
    base::Result<Answer> post(const std::string& path, std::optional<Json> body, base::Deadline deadline);
    /// As post. If-Match is found by the ladder of etag.h, starting at what this BMC took before.
    base::Result<Answer> patch(const Resource& resource, const Json& body, base::Deadline deadline);

    /// refusal() for this service.
    base::Error refuse(const std::string& method, const std::string& path, const Answer& answer) const;
    void logout(base::Deadline deadline);

  private:
    Service(ServiceOptions options, Transport transport, ServiceCollaborators collaborators);

    /// One authenticated exchange in the lane; a session that has expired is made anew once.
    base::Result<Answer> exchange(Request request, base::Deadline deadline);
    /// The lane of this BMC, its root read and its identity known.
    base::Result<Lane::Hold> enter(base::Deadline deadline);
    base::Result<Lane::Hold> hold_lane(base::Deadline deadline);
    std::shared_ptr<Lane> lane();
    /// Must be the last act in the lane held: others may be in the new one at once.
    void adopt_lane(const std::string& uuid);

    // Only in the lane.
    base::Result<ServiceRoot> load_root(BmcMemory& memory, base::Deadline deadline);
    base::Result<Answer> ask_for_root(const std::string& path, BmcMemory& memory, base::Deadline deadline);
    base::Result<void> authorize(Request& request, BmcMemory& memory, base::Deadline deadline);
    base::Result<void> log_in(BmcMemory& memory, base::Deadline deadline);
    base::Result<void> act_on(LoginVerdict verdict, const Answer& answer, BmcMemory& memory);
    void use_session(const Answer& answer, BmcMemory& memory);
    http::BasicCredentials credentials() const { return {options_.user, options_.password}; }
    base::Error refused_credentials(const Answer& answer);
    base::Error password_change_required() const;
    base::Result<Answer> checked(Answer answer, const Request& request);

    base::Result<Answer> finish(Answer accepted, const std::string& path, base::Deadline deadline);
    base::Result<Answer> poll_task(const std::string& path, base::Deadline deadline);

    const ServiceOptions options_;
    Transport transport_;
    ServiceCollaborators with_;
    base::Mutex mutex_;
    std::shared_ptr<Lane> lane_ ISOLDE_GUARDED_BY(mutex_);

    enum class Mode { Undecided, Session, Basic };
    // Guarded by holding the lane.
    std::optional<ServiceRoot> root_;
    Mode mode_ = Mode::Undecided;
    base::SteadyTime basic_until_ = base::SteadyTime::max();
    base::Secret token_;
    std::string session_path_;
    int refusals_ = 0;
    base::SteadyTime refused_until_{};
};

}  // namespace isolde::redfish
