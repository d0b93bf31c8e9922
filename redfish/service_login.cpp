// SPDX-License-Identifier: GPL-3.0-or-later
//
// The parts of Service that find the root, log in and follow tasks.
#include "redfish/retry.h"
#include "redfish/service.h"
#include "redfish/task.h"

namespace isolde::redfish {
namespace {

using namespace std::chrono_literals;

constexpr auto kBasicWhileSessionsAreUsedUp = 10min;
constexpr auto kTaskPause = 1s;
constexpr auto kTaskBudget = 10min;
constexpr const char* kUsualSessions = "/redfish/v1/SessionService/Sessions";

/// The end of a task as the answer of the request that began it.
Answer task_end(TaskVerdict verdict, Answer look) {
    look.status = verdict == TaskVerdict::Failed ? (look.status >= 400 ? look.status : 500) : 200;
    return look;
}

}  // namespace

base::Result<ServiceRoot> Service::load_root(BmcMemory& memory, base::Deadline deadline) {
    Answer answer = TRY(ask_for_root("/redfish/v1/", memory, deadline));
    if (answer.status == 404) answer = TRY(ask_for_root("/redfish/v1", memory, deadline));
    if (answer.status == 401) return refused_credentials(answer);
    if (!answer.ok()) return refuse("GET", "/redfish/v1/", answer);
    ServiceRoot root = read_service_root(answer.body);
    if (root.systems.empty()) {
        return base::corrupt(endpoint().origin() +
                             " is no Redfish service: its root at /redfish/v1/ has no Systems: '" +
                             printable(base::dump_json(answer.body), 120) + "'");
    }
    return root;
}

base::Result<Answer> Service::ask_for_root(const std::string& path, BmcMemory& memory, base::Deadline deadline) {
    Request request;
    request.path = path;
    Answer answer = TRY(transport_.send(request, memory, deadline));
    const bool basic_allowed = !options_.user.empty() && options_.auth_type != AuthType::Session;
    if (answer.status != 401 || !basic_allowed || with_.clock.steady() < refused_until_) return answer;
    request.credentials = credentials();
    return transport_.send(request, memory, deadline);
}

base::Result<void> Service::authorize(Request& request, BmcMemory& memory, base::Deadline deadline) {
    if (options_.user.empty()) return {};
    if (with_.clock.steady() < refused_until_) {
        return base::unauthorized(endpoint().origin() + ": user '" + options_.user +
                                  "' was refused; not tried again yet, so that the account is not locked");
    }
    if (options_.auth_type == AuthType::Basic) mode_ = Mode::Basic;
    if (mode_ == Mode::Basic && with_.clock.steady() >= basic_until_) mode_ = Mode::Undecided;
    if (mode_ == Mode::Undecided) TRY(log_in(memory, deadline));
    if (mode_ == Mode::Session) request.token = token_;
    if (mode_ == Mode::Basic) request.credentials = credentials();
    return {};
}

base::Result<void> Service::log_in(BmcMemory& memory, base::Deadline deadline) {
    Request request;
    request.method = "POST";
    request.path = root_->sessions.empty() ? kUsualSessions : root_->sessions;
    request.body = Json{{"UserName", options_.user}, {"Password", options_.password.reveal()}};
    request.retries = false;
    basic_until_ = base::SteadyTime::max();
    if (root_->sessions.empty() && options_.auth_type == AuthType::Auto) {
        mode_ = Mode::Basic;
        return {};
    }
    const Answer answer = TRY(transport_.send(request, memory, deadline));
    const LoginAnswer seen{answer.status, !answer.header("X-Auth-Token").empty(), answer.error};
    return act_on(judge_login(options_.auth_type, memory.session_worked, seen), answer, memory);
}

base::Result<void> Service::act_on(LoginVerdict verdict, const Answer& answer, BmcMemory& memory) {
    switch (verdict) {
        case LoginVerdict::SessionMade: use_session(answer, memory); return {};
        case LoginVerdict::UseBasicForNow:
            basic_until_ = with_.clock.steady() + kBasicWhileSessionsAreUsedUp;
            [[fallthrough]];
        case LoginVerdict::TryBasicOnce:
        case LoginVerdict::UseBasic: mode_ = Mode::Basic; return {};
        case LoginVerdict::Refused: return refused_credentials(answer);
        case LoginVerdict::PasswordChangeRequired: return password_change_required();
        case LoginVerdict::NotNow: break;
    }
    return base::unavailable(endpoint().origin() + ": no session for user '" + options_.user +
                             "': " + std::to_string(answer.status) + " " + answer.error.summary());
}

void Service::use_session(const Answer& answer, BmcMemory& memory) {
    token_ = base::Secret(answer.header("X-Auth-Token"));
    session_path_ = resource_path(answer.header("Location")).value_or("");
    if (session_path_.empty()) session_path_ = link_at(answer.body, "@odata.id");
    mode_ = Mode::Session;
    memory.session_worked = true;
    refusals_ = 0;
}

base::Error Service::refused_credentials(const Answer& answer) {
    refused_until_ = with_.clock.steady() + lockout_pause(++refusals_);
    mode_ = Mode::Undecided;
    std::string text = endpoint().origin() + ": user '" + options_.user + "' or its password is refused";
    if (const std::string said = answer.error.summary(); !said.empty()) text += ": " + said;
    return base::unauthorized(std::move(text));
}

base::Error Service::password_change_required() const {
    return base::unauthorized(transport_.endpoint().origin() + ": the BMC wants the password of user '" +
                              options_.user + "' to be changed before it does anything else");
}

base::Result<Answer> Service::poll_task(const std::string& path, base::Deadline deadline) {
    const base::SteadyTime begun = with_.clock.steady();
    const auto until = deadline.sooner(base::Deadline::after(with_.clock, kTaskBudget));
    bool seen_before = false;
    for (;;) {
        Request request;
        request.path = path;
        Answer look = TRY(exchange(request, until));
        const auto elapsed = with_.clock.steady() - begun;
        const TaskVerdict verdict = judge_task({look.status, look.body, seen_before, elapsed});
        if (verdict != TaskVerdict::Running) return task_end(verdict, std::move(look));
        seen_before = seen_before || look.ok();
        const auto asked = parse_retry_after(look.header("Retry-After"), with_.clock.wall());
        const base::Duration pause = asked.value_or(kTaskPause);
        if (pause >= until.remaining(with_.clock)) {
            return base::timed_out(endpoint().origin() + ": task " + path + " did not end in time; it shows '" +
                                   text_at(look.body, "TaskState") + "'");
        }
        if (!with_.waiter.wait(pause, with_.stop)) return base::cancelled(endpoint().origin() + ": stopping");
    }
}

}  // namespace isolde::redfish
