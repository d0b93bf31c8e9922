// SPDX-License-Identifier: GPL-3.0-or-later
//
// The control plane of a BMC, /emulator: for tests that play the guest, inject faults and look at what was asked.
#include "redfish/emulator/bmc.h"

namespace isolde::emulator {
namespace {

using base::Json;

http::Response json_response(int status, const Json& body) {
    http::Response response;
    response.status = status;
    response.headers.set("Content-Type", "application/json");
    response.body = base::dump_json(body) + "\n";
    return response;
}

http::Response control_error(int status, const std::string& text) {
    return json_response(status, {{"error", text}});
}

bool is_loopback(std::string_view address) {
    return address.starts_with("127.") || address == "::1" || address.starts_with("::ffff:127.");
}

/// The number after "since=" in a query; 0 where there is none.
std::uint64_t since_of(std::string_view query) {
    constexpr std::string_view kKey = "since=";
    const std::size_t at = query.find(kKey);
    std::uint64_t number = 0;
    for (std::size_t i = at == std::string_view::npos ? query.size() : at + kKey.size();
         i < query.size() && query[i] >= '0' && query[i] <= '9'; ++i) {
        number = number * 10 + static_cast<std::uint64_t>(query[i] - '0');
    }
    return number;
}

}  // namespace

http::Response EmulatedBmc::control(const http::Request& request) {
    constexpr std::string_view kSystems = "/emulator/systems/";
    if (!is_loopback(request.peer_address)) {
        return control_error(403, "the control plane answers to loopback addresses only");
    }
    if (request.path == "/emulator/requests" && request.method == "GET") {
        const base::Lock lock(mutex_);
        return json_response(200, log_.since(since_of(request.query)));
    }
    if (request.path == "/emulator/faults" || request.path.starts_with("/emulator/faults/")) {
        return control_faults(request);
    }
    if (request.path.starts_with(kSystems)) {
        return control_system(request, std::string_view(request.path).substr(kSystems.size()));
    }
    return control_error(404, request.method + " " + request.path + " is not known; see docs/emulator.md");
}

http::Response EmulatedBmc::control_faults(const http::Request& request) {
    constexpr std::string_view kOne = "/emulator/faults/";
    if (request.method == "GET") {
        const base::Lock lock(mutex_);
        return json_response(200, {{"faults", faults_.describe()}});
    }
    if (request.method == "POST") {
        auto json = base::parse_json(request.body);
        auto rules = json.ok() ? parse_faults(*json) : std::move(json).error();
        if (!rules.ok()) {
            return control_error(400, rules.error().to_string());
        }
        const base::Lock lock(mutex_);
        faults_.add(std::move(*rules));
        return json_response(201, {{"faults", faults_.describe()}});
    }
    if (request.method != "DELETE") {
        return control_error(405, "GET, POST or DELETE");
    }
    const base::Lock lock(mutex_);
    if (request.path.starts_with(kOne)) {
        return faults_.remove(request.path.substr(kOne.size())) ? json_response(200, {{"faults", faults_.describe()}})
                                                                : control_error(404, "no fault has this id");
    }
    faults_.clear();
    return json_response(200, {{"faults", Json::array()}});
}

http::Response EmulatedBmc::control_system(const http::Request& request, std::string_view rest) {
    const std::size_t slash = rest.find('/');
    const std::string_view what = slash == std::string_view::npos ? "" : rest.substr(slash + 1);
    std::size_t index = 0;
    {
        const base::Lock lock(mutex_);
        const System* const system = service_->find_system(rest.substr(0, slash));
        if (system == nullptr) {
            return control_error(404, "there is no such system");
        }
        index = static_cast<std::size_t>(system - service_->systems().data());
    }
    if (what == "console" && request.method == "GET") {
        http::Response response;
        response.headers.set("Content-Type", "text/plain; charset=utf-8");
        response.body = hosts_[index]->console();
        return response;
    }
    if (what == "reads" && request.method == "GET") {
        return json_response(200, hosts_[index]->reads(since_of(request.query)));
    }
    if (what == "power" && request.method == "POST") {
        return control_power(index, request.body);
    }
    return control_error(404, "known are GET console, GET reads, POST power");
}

http::Response EmulatedBmc::control_power(std::size_t system, const std::string& body) {
    const auto json = base::parse_json(body);
    const std::string state = json.ok() && json->is_object() ? json->value("state", Json()).dump() : "";
    if (state != R"("off")" && state != R"("restart")") {
        return control_error(400, R"(expected {"state": "off"} or {"state": "restart"})");
    }
    bool on = false;
    report(system, [&](Machine& machine, base::SteadyTime now) {
        on = machine.power() == Power::On;
        if (state == R"("off")") {
            machine.host_powered_off(machine.boot_attempts(), now);
        } else {
            machine.host_restarted(machine.boot_attempts(), now);
        }
    });
    return on ? json_response(200, {{"state", state == R"("off")" ? "off" : "restart"}})
              : control_error(409, "the system is not on");
}

}  // namespace isolde::emulator
