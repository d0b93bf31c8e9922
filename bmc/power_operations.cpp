// SPDX-License-Identifier: GPL-3.0-or-later
#include "bmc/power_operations.h"

#include <charconv>

namespace isolde::bmc {
namespace {

using namespace std::chrono_literals;
using base::Json;

/// Some BMCs answer 2xx and do nothing: On and ForceOff harm nothing when they are sent again.
constexpr auto kAsksAgainAfter = 30s;
/// iDRAC refuses On for up to twenty seconds after Off.
constexpr auto kRefusedPause = 10s;
constexpr int kRefusedTries = 6;

base::Duration pause_before_on(const Quirks& quirks) {
    const std::string_view text = quirks.value(Trait::PauseBeforeOn);
    int count = 0;
    std::from_chars(text.data(), text.data() + text.size(), count);
    return std::chrono::seconds(count);
}

bool says_wrong_moment(const redfish::Answer& answer) {
    return answer.status == 409 || answer.error.has("InvalidOperationForSystemState");
}

}  // namespace

base::Result<redfish::ComputerSystem> PowerOperations::read(const std::string& system, base::Deadline deadline) const {
    const auto resource = TRY(context_.service->get(system, deadline));
    return redfish::read_computer_system(resource.body, system);
}

base::Result<void> PowerOperations::set(const std::string& path, PowerAction action, base::Deadline deadline) const {
    const auto system = TRY(read(path, deadline));
    const Power wanted = wanted_power(action);
    if (read_power(system.power) == wanted) return {};
    if (!system.reset.exists()) return base::unsupported(context_.address() + ": " + path + " has no Reset action");
    if (action == PowerAction::On && pause_before_on(quirks_) > 0s) {
        TRY(context_.wait(pause_before_on(quirks_), deadline));
    }
    for (;;) {
        if (TRY(ask(system, action, deadline)) == Outcome::Reached) return {};
        const bool repeatable = action != PowerAction::SoftOff;
        const auto until =
            repeatable ? deadline.sooner(base::Deadline::after(context_.with.clock, kAsksAgainAfter)) : deadline;
        if (TRY(await(path, wanted, until))) return {};
        if (deadline.remaining(context_.with.clock) <= 2s) break;
    }
    return base::timed_out(context_.address() + ": the reset was accepted, but " + path + " did not reach " +
                           std::string(to_string(wanted)) + " in time");
}

base::Result<std::vector<std::string>> PowerOperations::allowed_types(const redfish::Action& reset,
                                                                      base::Deadline deadline) const {
    if (!reset.allowed.empty() || reset.action_info.empty()) return reset.allowed;
    auto info = context_.service->get(reset.action_info, deadline);
    // The list is a preference: without it the standard order stands.
    if (!info.ok()) return std::vector<std::string>{};
    for (auto& parameter : redfish::read_action_info(info->body)) {
        if (parameter.name == "ResetType") return std::move(parameter.allowed);
    }
    return std::vector<std::string>{};
}

base::Result<PowerOperations::Outcome> PowerOperations::ask(const redfish::ComputerSystem& system, PowerAction action,
                                                            base::Deadline deadline) const {
    base::Error last = base::unsupported(context_.address() + ": no reset type fits");
    const auto types = reset_types(action, TRY(allowed_types(system.reset, deadline)));
    for (const auto& type : types) {
        for (int attempt = 1; attempt <= kRefusedTries; ++attempt) {
            const Outcome outcome = TRY(ask_by(system, action, type, last, deadline));
            if (outcome == Outcome::Accepted || outcome == Outcome::Reached) return outcome;
            if (outcome == Outcome::TryNext || kRefusedPause >= deadline.remaining(context_.with.clock)) break;
            TRY(context_.wait(kRefusedPause, deadline));
        }
    }
    return last;
}

base::Result<PowerOperations::Outcome> PowerOperations::ask_by(const redfish::ComputerSystem& system,
                                                               PowerAction action, const std::string& type,
                                                               base::Error& last, base::Deadline deadline) const {
    auto answer = context_.service->post(system.reset.target, Json{{"ResetType", type}}, deadline);
    if (answer.ok() && answer->ok()) return Outcome::Accepted;
    if (!answer.ok() && !is_ambiguous(answer.error())) return std::move(answer).error();
    last = answer.ok() ? context_.refuse("POST", system.reset.target, *answer) : answer.error();
    if (answer.ok() && (answer->status == 401 || answer->status == 403)) return last;
    const auto now = TRY(read(system.path, deadline));
    if (read_power(now.power) == wanted_power(action)) return Outcome::Reached;
    if (!answer.ok() || says_wrong_moment(*answer) || answer->status == 500) return Outcome::TryAgain;
    return Outcome::TryNext;
}

base::Result<bool> PowerOperations::await(const std::string& path, Power wanted, base::Deadline deadline) const {
    return poll_until(context_, deadline,
                      [&]() -> base::Result<bool> { return read_power(TRY(read(path, deadline)).power) == wanted; });
}

}  // namespace isolde::bmc
