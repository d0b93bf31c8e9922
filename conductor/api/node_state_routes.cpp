// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/api/node_access.h"
#include "conductor/api/reply.h"
#include "conductor/api/routes.h"

#include <algorithm>

namespace isolde::conductor::api {
namespace {

using base::Json;
using base::Result;

std::string states_url(const Call& call) {
    return call.base_url + "/v1/nodes/" + call.path.find("node")->second + "/states";
}

Json or_null(const std::string& text) {
    return text.empty() ? Json(nullptr) : Json(text);
}

Result<http::Response> show_states(const Call& call, const RouteContext& context) {
    const Node node = TRY(find_node(call, context));
    const auto target = target_of(node.provision_state);
    return json_reply(200,
                      {{"power_state", or_null(node.power_state)},
                       {"target_power_state", or_null(node.target_power_state)},
                       {"provision_state", to_string(node.provision_state)},
                       {"target_provision_state", target ? Json(to_string(*target)) : Json(nullptr)},
                       {"provision_updated_at",
                        node.provision_updated_at ? Json(base::to_iso8601(*node.provision_updated_at)) : Json(nullptr)},
                       {"last_error", or_null(node.last_error)},
                       {"console_enabled", false},
                       {"raid_config", Json::object()},
                       {"target_raid_config", Json::object()},
                       {"boot_mode", nullptr},
                       {"secure_boot", nullptr}});
}

/// Ironic took objects, their vendor_data, and a config drive for `rebuild`, one after the other.
int configdrive_minor_version(const Json& configdrive, Verb verb) {
    if (configdrive.is_null() || configdrive.empty()) {
        return 1;
    }
    const int by_verb = verb == Verb::Rebuild ? 35 : 1;
    const int by_form = !configdrive.is_object() ? 1 : configdrive.contains("vendor_data") ? 59 : 56;
    return std::max(by_verb, by_form);
}

Result<http::Response> put_provision(const Call& call, const RouteContext& context) {
    const Node node = TRY(find_node(call, context));
    const Json body = TRY(call.json());
    const base::JsonReader reader(body);
    const std::string target = TRY(reader.string("target"));
    const Verb verb = TRY(parse_verb(target));
    const bool abort_of_wait = verb == Verb::Abort && node.provision_state == ProvisionState::WaitCallBack;
    if (minimum_minor_version(target) > call.minor || (abort_of_wait && call.minor < 110)) {
        return base::unsupported("Request not acceptable.");
    }
    if (reader.has("clean_steps") || reader.has("rescue_password")) {
        return base::unsupported(
            "clean_steps and rescue_password are not supported: Isolde neither cleans nor rescues");
    }
    const Json configdrive = body.value("configdrive", Json(nullptr));
    if (configdrive_minor_version(configdrive, verb) > call.minor) {
        return base::unsupported("Request not acceptable.");
    }
    TRY(context.with.engine.provision(node.id.str(), verb, configdrive));
    return empty_reply(202, states_url(call));
}

Result<http::Response> put_power(const Call& call, const RouteContext& context) {
    const Node node = TRY(find_node(call, context));
    const Json body = TRY(call.json());
    const base::JsonReader reader(body);
    const auto timeout = TRY(reader.optional_integer("timeout")).value_or(0);
    if (timeout < 0 || timeout > 3600) {
        return base::invalid_argument("/timeout must lie between 0 and 3600 seconds");
    }
    TRY(context.with.engine.set_power(node.id.str(), TRY(reader.string("target")), static_cast<int>(timeout)));
    return empty_reply(202, states_url(call));
}

Result<http::Response> change_maintenance(const Call& call, const RouteContext& context, bool on) {
    const Json body = TRY(call.json());
    const std::string reason = on ? TRY(base::JsonReader(body).optional_string("reason")).value_or("") : "";
    TRY(edit_node(call, context, [&](Node node) -> Result<Node> {
        node.maintenance = on;
        node.maintenance_reason = reason;
        if (!on) {
            node.fault.clear();
        }
        return node;
    }));
    return empty_reply(202);
}

/// The engine's answer later: nothing waits on this thread.
template <typename T>
std::function<void(Result<T>)> answer_with(const Answer& answer, http::Response (*render)(const T&)) {
    return [answer, render](Result<T> result) {
        if (!result.ok()) {
            answer(std::move(result).error());
        } else {
            answer(render(*result));
        }
    };
}

http::Response render_rows(const std::vector<ValidationRow>& rows) {
    Json document = Json::object();
    for (const ValidationRow& row : rows) {
        document[row.interface] = Json{{"result", row.result}};
        if (!row.reason.empty()) {
            document[row.interface]["reason"] = row.reason;
        }
    }
    return json_reply(200, document);
}

http::Response render_json(const Json& document) {
    return json_reply(200, document);
}

http::Response render_nothing(const Json&) {
    return empty_reply(204);
}

Result<Json> read_boot_device(bmc::Bmc& bmc, base::Deadline deadline) {
    const auto now = TRY(bmc.boot_override(deadline));
    const Json device = now.active ? Json(bmc::to_string(now.device)) : Json(nullptr);
    return Json{{"boot_device", device},
                {"persistent", now.active ? Json(now.persistence == bmc::BootPersistence::Persistent) : Json(nullptr)}};
}

Result<Json> read_boot_devices(bmc::Bmc& bmc, base::Deadline deadline) {
    Json names = Json::array();
    for (const bmc::BootDevice device : TRY(bmc.boot_devices(deadline))) {
        names.push_back(bmc::to_string(device));
    }
    return Json{{"supported_boot_devices", std::move(names)}};
}

void put_boot_device(const std::shared_ptr<const Call>& call, const Answer& answer, const RouteContext& context) {
    auto asked = [&]() -> Result<std::pair<bmc::BootDevice, bmc::BootPersistence>> {
        const Json body = TRY(call->json());
        const base::JsonReader reader(body);
        const auto device = TRY(bmc::parse_boot_device(TRY(reader.string("boot_device"))));
        const bool persistent = TRY(reader.optional_boolean("persistent")).value_or(false);
        return std::pair(device, persistent ? bmc::BootPersistence::Persistent : bmc::BootPersistence::Once);
    }();
    if (!asked.ok()) {
        answer(std::move(asked).error());
        return;
    }
    context.with.engine.ask_bmc(
        call->path.find("node")->second,
        [wanted = *asked](bmc::Bmc& bmc, base::Deadline deadline) -> Result<Json> {
            TRY(bmc.set_boot_override(wanted.first, wanted.second, bmc::BootMode::Unchanged, deadline));
            return Json(nullptr);
        },
        answer_with<Json>(answer, render_nothing));
}

Action asking(const RouteContext& context, Result<Json> (*question)(bmc::Bmc&, base::Deadline)) {
    return [context, question](const std::shared_ptr<const Call>& call, const Answer& answer) {
        context.with.engine.ask_bmc(call->path.find("node")->second, question, answer_with<Json>(answer, render_json));
    };
}

}  // namespace

std::vector<Route> node_state_routes(const RouteContext& context) {
    const auto with = [context](Result<http::Response> (*answer)(const Call&, const RouteContext&)) {
        return direct([context, answer](const Call& call) { return answer(call, context); });
    };
    const auto maintenance = [context](bool on) {
        return direct([context, on](const Call& call) { return change_maintenance(call, context, on); });
    };
    const Action validate = [context](const std::shared_ptr<const Call>& call, const Answer& answer) {
        context.with.engine.validate(call->path.find("node")->second,
                                     answer_with<std::vector<ValidationRow>>(answer, render_rows));
    };
    const Action set_boot_device = [context](const std::shared_ptr<const Call>& call, const Answer& answer) {
        put_boot_device(call, answer, context);
    };
    const auto console = [](const Call&) -> Result<http::Response> {
        return json_reply(200, {{"console_enabled", false}, {"console_info", nullptr}});
    };
    return {{"GET", "/v1/nodes/{node}/states", 1, with(show_states)},
            {"PUT", "/v1/nodes/{node}/states/provision", 1, with(put_provision)},
            {"PUT", "/v1/nodes/{node}/states/power", 1, with(put_power)},
            {"GET", "/v1/nodes/{node}/states/console", 1, direct(console)},
            {"PUT", "/v1/nodes/{node}/maintenance", 1, maintenance(true)},
            {"DELETE", "/v1/nodes/{node}/maintenance", 1, maintenance(false)},
            {"GET", "/v1/nodes/{node}/validate", 1, validate},
            {"GET", "/v1/nodes/{node}/management/boot_device", 1, asking(context, read_boot_device)},
            {"GET", "/v1/nodes/{node}/management/boot_device/supported", 1, asking(context, read_boot_devices)},
            {"PUT", "/v1/nodes/{node}/management/boot_device", 1, set_boot_device}};
}

}  // namespace isolde::conductor::api
