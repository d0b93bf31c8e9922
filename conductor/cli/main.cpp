// SPDX-License-Identifier: GPL-3.0-or-later
//
// isolde: the operator's command line. Exit codes: 0 done, 1 refused or failed, 2 usage.
#include "conductor/cli/media/media_commands.h"
#include "conductor/cli/session.h"

#include <unistd.h>
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>

namespace {

std::string default_endpoint() {
    for (const char* name : {"ISOLDE_ENDPOINT", "OS_ENDPOINT"}) {
        if (const char* value = std::getenv(name); value != nullptr && *value != '\0') {
            return value;
        }
    }
    return "http://127.0.0.1:6385";
}

std::string environment_or_empty(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

isolde::base::Result<isolde::base::Json> manifest_of_node(isolde::cli::Session& session, const std::string& node) {
    isolde::base::Result<isolde::base::Json> manifest = isolde::base::Json();
    session.with_conductor([&](isolde::cli::RestClient& client) -> isolde::base::Result<void> {
        manifest = client.get("/isolde/v1/nodes/" + node + "/manifest");
        return {};
    });
    if (!session.result.ok()) {
        return session.result.error();
    }
    return manifest;
}

int run(CLI::App& app, isolde::cli::Session& session, int argc, char** argv) {
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    } catch (const nlohmann::json::exception&) {
        session.result =
            isolde::base::internal("the conductor's answer was not understood; is it of the same version?");
    }
    if (!session.result.ok()) {
        std::cerr << "isolde: " << session.result.error().to_string() << "\n";
        return 1;
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Isolde: boots bare metal from virtual media, each node with its own configuration"};
    app.name("isolde");
    app.require_subcommand(1);
    app.fallthrough();
    isolde::cli::Session session{std::cout, std::cerr};
    session.terminal = isatty(STDERR_FILENO) == 1;
    session.endpoint.endpoint = default_endpoint();
    session.endpoint.user = environment_or_empty("OS_USERNAME");
    session.endpoint.password = environment_or_empty("OS_PASSWORD");
    app.add_option("--endpoint", session.endpoint.endpoint, "the conductor (ISOLDE_ENDPOINT, OS_ENDPOINT)")
        ->capture_default_str();
    app.add_option("--ca-file", session.endpoint.ca_file, "PEM file that the conductor's certificate is verified by");
    app.add_flag("--json", session.json, "print JSON");
    isolde::cli::add_node_commands(app, session);
    isolde::cli::add_image_commands(app, session);
    isolde::cli::add_conductor_commands(app, session);
    isolde::cli::add_bmc_commands(app, session);
    isolde::cli::add_media_commands(app,
                                    {session.out, session.progress, session.json, session.result,
                                     [&session](const std::string& node) { return manifest_of_node(session, node); }});
    return run(app, session, argc, argv);
}
