// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/encoding.h"
#include "base/files.h"
#include "base/random.h"
#include "conductor/cli/output.h"
#include "conductor/cli/session.h"
#include "conductor/cli/waiting.h"

#include <CLI/CLI.hpp>
#include <ostream>

namespace isolde::cli {
namespace {

using base::Json;
using base::Result;

struct DeployOptions {
    std::string node;
    std::string iso;
    std::string checksum;
    std::vector<std::string> append;
    std::vector<std::string> remove;
    std::vector<std::string> files;
    std::vector<std::string> initrd_files;
    bool one_shot = false;
    std::string release;
    bool attended = false;
    bool wait = false;
    int timeout = 1800;
};

/// "SRC=/path" → one entry of inject_files with the file's content.
Result<Json> inject_entry(const std::string& text, const char* target) {
    const auto equals = text.rfind('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 >= text.size() || text[equals + 1] != '/') {
        return base::invalid_argument("'" + text + "': write SRC=/path, the path as it shall be on the image");
    }
    const std::string content = TRY(base::read_file(text.substr(0, equals), base::mebibytes(1)));
    return Json{{"path", text.substr(equals + 1)},
                {"target", target},
                {"content_base64", base::to_base64(base::as_bytes(content))}};
}

Result<Json> deployment_body(const DeployOptions& options) {
    Json body = {{"node", options.node}, {"boot_iso", options.iso}};
    if (!options.checksum.empty()) {
        body["boot_iso_checksum"] = options.checksum;
    }
    if (!options.append.empty()) {
        body["ramdisk_kernel_arguments"] = options.append;
    }
    if (!options.remove.empty()) {
        body["kernel_remove_params"] = options.remove;
    }
    for (const auto& file : options.files) {
        body["inject_files"].push_back(TRY(inject_entry(file, "iso")));
    }
    for (const auto& file : options.initrd_files) {
        body["inject_files"].push_back(TRY(inject_entry(file, "initrd")));
    }
    if (options.one_shot) {
        body["one_shot"] = true;
    }
    if (!options.release.empty()) {
        body["one_shot_release"] = options.release;
    }
    if (options.attended) {
        body["attended"] = true;
    }
    return body;
}

Result<void> deploy(RestClient& client, Session& session, const DeployOptions& options) {
    const Json body = TRY(deployment_body(options));
    const Json deployment = TRY(client.post("/isolde/v1/deployments", body));
    if (options.wait) {
        TRY(wait_for_state(client, session, options.node, "active", options.timeout));
    }
    const Json now = TRY(client.get("/isolde/v1/deployments/" + deployment.value("id", "")));
    if (session.json) {
        session.out << base::dump_json(now, 2) << "\n";
    } else {
        session.out << options.node << ": deployment " << now.value("id", "") << " is " << now.value("state", "")
                    << "\n";
    }
    return {};
}

/// `--wait` of the short verbs.
struct VerbOptions {
    std::string node;
    bool wait = false;
    int timeout = 600;
};

void add_verb(CLI::App& node, Session& session, const char* name, const char* target, const char* wanted,
              const char* help) {
    auto* command = node.add_subcommand(name, help);
    auto options = std::make_shared<VerbOptions>();
    command->add_option("NODE", options->node, "name or UUID")->required();
    command->add_flag("--wait", options->wait, "return when it is done");
    command->add_option("--timeout", options->timeout, "seconds to wait")->capture_default_str();
    command->callback([&session, options, target, wanted] {
        session.with_conductor([&](RestClient& client) -> Result<void> {
            TRY(client.put("/v1/nodes/" + options->node + "/states/provision", {{"target", target}}));
            return options->wait ? wait_for_state(client, session, options->node, wanted, options->timeout)
                                 : Result<void>();
        });
    });
}

void add_deploy(CLI::App& node, Session& session) {
    auto* command = node.add_subcommand("deploy", "Boot a node from an ISO with its own configuration");
    auto options = std::make_shared<DeployOptions>();
    command->add_option("NODE", options->node, "name or UUID")->required();
    command->add_option("--iso", options->iso, "http(s) URL of the boot ISO")->required();
    command->add_option("--checksum", options->checksum, "sha256:… or sha512:… of the ISO");
    command->add_option("--append", options->append, "kernel argument to add; may be repeated")
        ->allow_extra_args(false);
    command->add_option("--remove", options->remove, "kernel argument, or key of one, to take away")
        ->allow_extra_args(false);
    command->add_option("--file", options->files, "SRC=/path: a file for the ISO tree")->allow_extra_args(false);
    command->add_option("--initrd-file", options->initrd_files, "SRC=/path: a file for the initrd")
        ->allow_extra_args(false);
    command->add_flag("--one-shot", options->one_shot, "eject and give back once nobody needs the medium");
    command->add_option("--one-shot-release", options->release, "\"boot\": everything needed is in kernel and initrd")
        ->check(CLI::IsMember({"boot", "evidence"}));
    command->add_flag("--attended", options->attended, "leave the boot menu's timeout alone");
    command->add_flag("--wait", options->wait, "return when the node is active, or failed");
    command->add_option("--timeout", options->timeout, "seconds to wait")->capture_default_str();
    command->callback([&session, options] {
        session.with_conductor([&](RestClient& client) { return deploy(client, session, *options); });
    });
}

}  // namespace

void add_deploy_commands(CLI::App& node, Session& session) {
    add_deploy(node, session);
    add_verb(node, session, "manage", "manage", "manageable", "Reach the BMC and take the node under management");
    add_verb(node, session, "provide", "provide", "available", "Make the node available for deployment");
    add_verb(node, session, "undeploy", "deleted", "available", "Power off, eject, revoke, give back");
    add_verb(node, session, "rebuild", "rebuild", "active", "Deploy again with the node's instance_info");
    add_verb(node, session, "abort", "abort", "deploy failed", "Stop a deployment that waits");
}

}  // namespace isolde::cli
