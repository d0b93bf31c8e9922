// SPDX-License-Identifier: GPL-3.0-or-later
#include "redfish/service.h"

#include "redfish/task.h"

namespace isolde::redfish {
namespace {

using namespace std::chrono_literals;

constexpr int kMaxPages = 32;

bool allows_patch(const Answer& answer) {
    const std::string allow = answer.header("Allow");
    return allow.empty() || contains_ignoring_case(allow, "PATCH");
}

Resource to_resource(const std::string& path, Answer answer) {
    Resource resource{path, Json(), answer.header("ETag"), allows_patch(answer)};
    if (resource.etag.empty()) resource.etag = text_at(answer.body, "@odata.etag");
    resource.body = std::move(answer.body);
    return resource;
}

}  // namespace

base::Result<std::shared_ptr<Service>> Service::create(ServiceOptions options, ServiceCollaborators collaborators) {
    Endpoint endpoint = TRY(Endpoint::parse(options.address));
    Transport transport(std::move(endpoint), options.transport, collaborators.client, collaborators.clock,
                        collaborators.waiter, collaborators.stop);
    return std::shared_ptr<Service>(new Service(std::move(options), std::move(transport), std::move(collaborators)));
}

Service::Service(ServiceOptions options, Transport transport, ServiceCollaborators collaborators)
    : options_(std::move(options)),
      transport_(std::move(transport)),
      with_(std::move(collaborators)),
      lane_(with_.lanes.of_address(transport_.endpoint().origin())) {}

Service::~Service() {
    logout(base::Deadline::after(with_.clock, 2s));
}

base::Result<ServiceRoot> Service::root(base::Deadline deadline) {
    const auto hold = TRY(enter(deadline));
    return *root_;
}

base::Result<Resource> Service::get(const std::string& path, base::Deadline deadline) {
    Request request;
    request.path = path;
    Answer answer = TRY(exchange(request, deadline));
    if (!answer.ok()) return refuse("GET", path, answer);
    if (!answer.body.is_object()) {
        return base::corrupt(endpoint().origin() + ": GET " + path + ": the answer is no JSON object: '" +
                             printable(answer.error.text, 120) + "'");
    }
    return to_resource(path, std::move(answer));
}

base::Result<std::vector<std::string>> Service::members(const std::string& path, base::Deadline deadline) {
    std::vector<std::string> all;
    std::string next = path;
    for (int page = 0; !next.empty() && page < kMaxPages && all.size() < kMaxItems; ++page) {
        const Resource resource = TRY(get(next, deadline));
        CollectionPage found = read_collection_page(resource.body);
        all.insert(all.end(), found.members.begin(), found.members.end());
        next = std::move(found.next);
    }
    if (all.size() > kMaxItems) all.resize(kMaxItems);
    return all;
}

base::Result<Answer> Service::post(const std::string& path, std::optional<Json> body, base::Deadline deadline) {
    Request request;
    request.method = "POST";
    request.path = path;
    request.body = std::move(body);
    return finish(TRY(exchange(std::move(request), deadline)), path, deadline);
}

base::Result<Answer> Service::patch(const Resource& resource, const Json& body, base::Deadline deadline) {
    EtagForm form = TRY(enter(deadline)).memory().etag_form;
    std::string etag = resource.etag;
    bool refreshed = false;
    for (;;) {
        Request request;
        request.method = "PATCH";
        request.path = resource.path;
        request.body = body;
        request.if_match = if_match(etag, form);
        Answer answer = TRY(exchange(request, deadline));
        if (!is_precondition_refusal(answer.status, answer.error)) {
            if (answer.ok()) TRY(enter(deadline)).memory().etag_form = form;
            return finish(std::move(answer), resource.path, deadline);
        }
        const auto next = refreshed ? next_form(etag, form) : std::optional(form);
        if (!next) return answer;
        if (!refreshed) etag = TRY(get(resource.path, deadline)).etag;
        refreshed = true;
        form = *next;
    }
}

base::Error Service::refuse(const std::string& method, const std::string& path, const Answer& answer) const {
    return refusal(transport_.endpoint(), method, path, answer);
}

void Service::logout(base::Deadline deadline) {
    auto hold = hold_lane(deadline);
    if (!hold.ok() || token_.empty() || session_path_.empty()) return;
    Request request;
    request.method = "DELETE";
    request.path = session_path_;
    request.token = std::exchange(token_, base::Secret());
    request.retries = false;
    mode_ = Mode::Undecided;
    // Best effort: a session that stays behind expires by itself.
    (void)transport_.send(request, hold->memory(), deadline);
}

base::Result<Answer> Service::exchange(Request request, base::Deadline deadline) {
    auto hold = TRY(enter(deadline));
    TRY(authorize(request, hold.memory(), deadline));
    Answer answer = TRY(transport_.send(request, hold.memory(), deadline));
    if (answer.status == 401 && !request.token.empty()) {
        token_ = base::Secret();
        mode_ = Mode::Undecided;
        request.token = base::Secret();
        TRY(authorize(request, hold.memory(), deadline));
        answer = TRY(transport_.send(request, hold.memory(), deadline));
    }
    return checked(std::move(answer), request);
}

base::Result<Answer> Service::checked(Answer answer, const Request& request) {
    if (answer.status == 401) return refused_credentials(answer);
    if (answer.error.has("PasswordChangeRequired") && !answer.ok()) {
        return password_change_required();
    }
    if (request.credentials && answer.ok()) refusals_ = 0;
    return answer;
}

base::Result<Lane::Hold> Service::enter(base::Deadline deadline) {
    for (;;) {
        auto hold = TRY(hold_lane(deadline));
        if (root_) return hold;
        root_ = TRY(load_root(hold.memory(), deadline));
        adopt_lane(root_->uuid);
    }
}

base::Result<Lane::Hold> Service::hold_lane(base::Deadline deadline) {
    for (;;) {
        const auto wanted = lane();
        auto hold = TRY(wanted->acquire(endpoint().origin(), deadline, with_.clock));
        if (lane() == wanted) return hold;
    }
}

void Service::adopt_lane(const std::string& uuid) {
    auto found = with_.lanes.identify(endpoint().origin(), uuid);
    base::Lock lock(mutex_);
    lane_ = std::move(found);
}

std::shared_ptr<Lane> Service::lane() {
    base::Lock lock(mutex_);
    return lane_;
}

base::Result<Answer> Service::finish(Answer accepted, const std::string& path, base::Deadline deadline) {
    if (accepted.status != 202) return accepted;
    const std::string monitor = task_path(accepted.body, accepted.header("Location"));
    if (monitor.empty() || same_resource(monitor, path)) return accepted;
    return poll_task(monitor, deadline);
}

}  // namespace isolde::redfish
