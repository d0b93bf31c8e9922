// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/cli/deployment_body.h"
#include "conductor/cli/output.h"
#include "conductor/cli/session.h"
#include "conductor/cli/waiting.h"

#include <CLI/CLI.hpp>
#include <ostream>

namespace isolde::cli {
namespace {

using base::Json;
using base::Result;

struct WaitOptions {
    bool wait = false;
    int timeout = 1800;
};

Result<void> deploy(RestClient& client, Session& session, const DeployOptions& options, const WaitOptions& waiting) {
    const Json body = TRY(deployment_body(options));
    const Json deployment = TRY(client.post("/isolde/v1/deployments", body));
    if (waiting.wait) {
        TRY(wait_for_state(client, session, options.node, "active", waiting.timeout));
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

/// One of an ISO, and a kernel with its ramdisk.
void add_sources(CLI::App& command, DeployOptions& options) {
    auto* from = command.add_option_group("boot image");
    auto* iso = from->add_option("--iso", options.iso, "http(s) URL of the boot ISO");
    auto* kernel = from->add_option("--kernel", options.kernel, "http(s) URL of a kernel, in place of an ISO");
    from->require_option(1);
    command.add_option("--checksum", options.checksum, "sha256:… or sha512:… of the ISO")->needs(iso);
    auto* ramdisk = command.add_option("--ramdisk", options.ramdisk, "http(s) URL of the kernel's ramdisk");
    ramdisk->needs(kernel);
    kernel->needs(ramdisk);
    auto* loader = command.add_option("--bootloader", options.bootloader, "URL of an EFI system partition to boot by");
    loader->needs(kernel);
    command.add_option("--kernel-checksum", options.kernel_checksum, "of the kernel")->needs(kernel);
    command.add_option("--ramdisk-checksum", options.ramdisk_checksum, "of the ramdisk")->needs(ramdisk);
    command.add_option("--bootloader-checksum", options.bootloader_checksum, "of the EFI system partition")
        ->needs(loader);
}

void add_deploy(CLI::App& node, Session& session) {
    auto* command = node.add_subcommand("deploy", "Boot a node from an ISO with its own configuration");
    auto options = std::make_shared<DeployOptions>();
    auto waiting = std::make_shared<WaitOptions>();
    command->add_option("NODE", options->node, "name or UUID")->required();
    add_sources(*command, *options);
    add_edit_options(*command, options->edits);
    command
        ->add_option("--config-drive", options->config_drive,
                     "its URL, or a file: JSON object of its parts, or its image")
        ->type_name("FILE|URL");
    command
        ->add_option("--media-check", options->media_check,
                     "the medium's checksums of itself: drop them for what changes (default), or keep them right")
        ->check(CLI::IsMember({"drop", "keep"}));
    command->add_option("--medium", options->media, "image for a slot of its own: drivers, config or data")
        ->type_name("ROLE=URL")
        ->allow_extra_args(false);
    command->add_flag("--one-shot", options->one_shot, "eject and give back once nobody needs the medium");
    command->add_option("--one-shot-release", options->release, "\"boot\": everything needed is in kernel and initrd")
        ->check(CLI::IsMember({"boot", "evidence"}));
    command->add_flag("--wait", waiting->wait, "return when the node is active, or failed");
    command->add_option("--timeout", waiting->timeout, "seconds to wait")->capture_default_str();
    command->callback([&session, options, waiting] {
        session.with_conductor([&](RestClient& client) { return deploy(client, session, *options, *waiting); });
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
