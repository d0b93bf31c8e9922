// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/files.h"
#include "conductor/cli/output.h"
#include "conductor/cli/session.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <ostream>

namespace isolde::cli {
namespace {

using base::Json;
using base::Result;

struct CreateOptions {
    std::string name;
    std::string bmc;
    std::string system;
    std::string user;
    std::string password_file;
    bool no_verify = false;
    std::string media_url;
};

/// From a file or $ISOLDE_BMC_PASSWORD: an argument would be seen by every user of the machine.
Result<std::string> bmc_password(const std::string& file) {
    if (file.empty()) {
        const char* value = std::getenv("ISOLDE_BMC_PASSWORD");
        return std::string(value == nullptr ? "" : value);
    }
    std::string text = TRY(base::read_file(file, base::kibibytes(4)));
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) {
        text.pop_back();
    }
    return text;
}

void print_node(Session& session, const Json& node) {
    if (session.json) {
        session.out << base::dump_json(node, 2) << "\n";
        return;
    }
    Json shown = Json::object();
    for (const char* name : {"uuid", "name", "provision_state", "target_provision_state", "power_state", "maintenance",
                             "last_error", "reservation", "driver_info", "instance_info", "driver_internal_info"}) {
        shown[name] = node.value(name, Json(nullptr));
    }
    session.out << render_fields(shown);
}

Result<void> create(RestClient& client, Session& session, const CreateOptions& options) {
    Json info = {{"redfish_address", options.bmc}};
    if (!options.system.empty()) {
        info["redfish_system_id"] = options.system;
    }
    if (!options.user.empty()) {
        info["redfish_username"] = options.user;
        info["redfish_password"] = TRY(bmc_password(options.password_file));
    }
    if (options.no_verify) {
        info["redfish_verify_ca"] = false;
    }
    if (!options.media_url.empty()) {
        info["external_http_url"] = options.media_url;
    }
    const Json node =
        TRY(client.post("/v1/nodes", {{"driver", "redfish"}, {"name", options.name}, {"driver_info", info}}));
    if (session.json) {
        print_node(session, node);
    } else {
        session.out << "created node " << options.name << " (" << node.value("uuid", "") << ")\n";
    }
    return {};
}

Result<void> list(RestClient& client, Session& session) {
    std::vector<std::vector<std::string>> rows;
    Json all = Json::array();
    std::string path = "/v1/nodes?fields=uuid,name,power_state,provision_state,maintenance,last_error&limit=1000";
    while (!path.empty()) {
        const Json page = TRY(client.get(path));
        for (const Json& node : page.at("nodes")) {
            all.push_back(node);
            rows.push_back({cell(node["name"]), cell(node["uuid"]), cell(node["power_state"]),
                            cell(node["provision_state"]), cell(node["maintenance"]), cell(node["last_error"])});
        }
        const std::string next = page.value("next", "");
        path = next.empty() ? "" : next.substr(next.find("/v1/"));
    }
    session.out << (session.json ? base::dump_json(all, 2) + "\n"
                                 : render_table({"NAME", "UUID", "POWER", "STATE", "MAINTENANCE", "LAST ERROR"}, rows));
    return {};
}

Result<void> validate(RestClient& client, Session& session, const std::string& node) {
    const Json rows = TRY(client.get("/v1/nodes/" + node + "/validate"));
    std::vector<std::vector<std::string>> table;
    bool good = true;
    for (const auto& [name, row] : rows.items()) {
        const bool matters = name == "boot" || name == "deploy" || name == "power" || name == "management";
        good = good && (!matters || row.value("result", false));
        if (matters || session.json) {
            table.push_back({name, row.value("result", false) ? "ok" : "no", row.value("reason", "")});
        }
    }
    session.out << (session.json ? base::dump_json(rows, 2) + "\n"
                                 : render_table({"INTERFACE", "RESULT", "REASON"}, table));
    return good ? Result<void>() : base::invalid_argument("node " + node + " is not ready to deploy");
}

Result<void> show_evidence(RestClient& client, Session& session, const std::string& node) {
    const Json deployment = TRY(client.get("/isolde/v1/nodes/" + node + "/deployment"));
    if (session.json) {
        session.out << base::dump_json(deployment, 2) << "\n";
        return {};
    }
    const Json& evidence = deployment.at("evidence");
    session.out << "deployment " << deployment.value("id", "") << " is " << deployment.value("state", "") << "\n";
    for (const char* mark : {"inserted", "read", "booted", "released"}) {
        session.out << "  " << mark << ": " << cell(evidence.value(mark, Json(nullptr))) << "\n";
    }
    session.out << "  boot loader: " << (evidence.value("loader", false) ? "read" : "not read") << ", kernel "
                << evidence.value("kernel_percent", 0) << " %, initrd " << evidence.value("initrd_percent", 0)
                << " %\n";
    std::vector<std::vector<std::string>> rows;
    for (const Json& entry : deployment.at("journal")) {
        rows.push_back({cell(entry["step"]), cell(entry["begun"]), cell(entry["outcome"])});
    }
    session.out << render_table({"STEP", "BEGUN", "OUTCOME"}, rows);
    return {};
}

Result<void> show_history(RestClient& client, Session& session, const std::string& node) {
    const Json entries = TRY(client.get("/v1/nodes/" + node + "/history?detail=true")).at("history");
    std::vector<std::vector<std::string>> rows;
    for (const Json& entry : entries) {
        rows.push_back(
            {cell(entry["created_at"]), cell(entry["severity"]), cell(entry["event_type"]), cell(entry["event"])});
    }
    session.out << (session.json ? base::dump_json(entries, 2) + "\n"
                                 : render_table({"TIME", "SEVERITY", "TYPE", "EVENT"}, rows));
    return {};
}

using NodeCommand = std::function<Result<void>(RestClient&, Session&, const std::string&)>;

CLI::App* add_simple(CLI::App& node, Session& session, const char* name, const char* help, NodeCommand run) {
    auto* command = node.add_subcommand(name, help);
    auto target = std::make_shared<std::string>();
    command->add_option("NODE", *target, "name or UUID")->required();
    command->callback([&session, target, run = std::move(run)] {
        session.with_conductor([&](RestClient& client) { return run(client, session, *target); });
    });
    return command;
}

void add_create(CLI::App& node, Session& session) {
    auto* command = node.add_subcommand("create", "Enrol a node by its BMC");
    auto options = std::make_shared<CreateOptions>();
    command->add_option("NAME", options->name)->required();
    command->add_option("--bmc", options->bmc, "URL of the BMC, such as https://192.0.2.10")->required();
    command->add_option("--system", options->system, "resource path of the system, when the BMC has several");
    command->add_option("--user", options->user, "BMC user; the password comes from $ISOLDE_BMC_PASSWORD or a file");
    command->add_option("--password-file", options->password_file, "file that holds the BMC password");
    command->add_flag("--no-verify", options->no_verify, "do not verify the BMC's certificate");
    command->add_option("--media-url", options->media_url, "address at which this BMC reaches the media server");
    command->callback([&session, options] {
        session.with_conductor([&](RestClient& client) { return create(client, session, *options); });
    });
}

void add_set(CLI::App& node, Session& session) {
    auto* command = node.add_subcommand("set", "Change fields: --set /instance_info/boot_iso=http://…");
    auto target = std::make_shared<std::string>();
    auto values = std::make_shared<std::vector<std::string>>();
    command->add_option("NODE", *target, "name or UUID")->required();
    command->add_option("--set", *values, "/path=value; the value as JSON, else as text")
        ->required()
        ->allow_extra_args(false);
    command->callback([&session, target, values] {
        session.with_conductor([&](RestClient& client) -> Result<void> {
            Json patch = Json::array();
            for (const std::string& item : *values) {
                const auto equals = item.find('=');
                if (item.empty() || item[0] != '/' || equals == std::string::npos) {
                    return base::invalid_argument("'" + item + "': write /path=value");
                }
                const std::string text = item.substr(equals + 1);
                const auto parsed = base::parse_json(text);
                patch.push_back(
                    {{"op", "add"}, {"path", item.substr(0, equals)}, {"value", parsed.ok() ? *parsed : Json(text)}});
            }
            print_node(session, TRY(client.patch("/v1/nodes/" + *target, patch)));
            return {};
        });
    });
}

void add_power(CLI::App& node, Session& session) {
    auto* command = node.add_subcommand("power", "Power a node on or off");
    auto target = std::make_shared<std::string>();
    auto wanted = std::make_shared<std::string>();
    command->add_option("NODE", *target, "name or UUID")->required();
    command->add_option("ACTION", *wanted, "on, off, soft-off, reboot")
        ->required()
        ->check(CLI::IsMember({"on", "off", "soft-off", "reboot"}));
    command->callback([&session, target, wanted] {
        const std::map<std::string, std::string> words{
            {"on", "power on"}, {"off", "power off"}, {"soft-off", "soft power off"}, {"reboot", "rebooting"}};
        session.with_conductor([&](RestClient& client) -> Result<void> {
            TRY(client.put("/v1/nodes/" + *target + "/states/power", {{"target", words.at(*wanted)}}));
            return {};
        });
    });
}

}  // namespace

void add_node_commands(CLI::App& app, Session& session) {
    auto* node = app.add_subcommand("node", "Enrol, deploy and watch nodes");
    node->require_subcommand(1);
    add_create(*node, session);
    auto* listing = node->add_subcommand("list", "All nodes");
    listing->callback(
        [&session] { session.with_conductor([&](RestClient& client) { return list(client, session); }); });
    add_simple(*node, session, "show", "One node",
               [](RestClient& client, Session& here, const std::string& name) -> Result<void> {
                   print_node(here, TRY(client.get("/v1/nodes/" + name)));
                   return {};
               });
    add_simple(*node, session, "delete", "Forget a node",
               [](RestClient& client, Session&, const std::string& name) -> Result<void> {
                   TRY(client.remove("/v1/nodes/" + name));
                   return {};
               });
    add_simple(*node, session, "validate", "Check BMC, fields and image before deploying", validate);
    add_simple(*node, session, "evidence", "The current deployment: what was read, step by step", show_evidence);
    add_simple(*node, session, "history", "What happened to a node", show_history);
    add_simple(*node, session, "release", "Eject a one-shot medium now",
               [](RestClient& client, Session&, const std::string& name) -> Result<void> {
                   TRY(client.post("/isolde/v1/nodes/" + name + "/release", Json::object()));
                   return {};
               });
    add_set(*node, session);
    add_power(*node, session);
    add_deploy_commands(*node, session);
}

}  // namespace isolde::cli
