// SPDX-License-Identifier: GPL-3.0-or-later
//
// isolde-remote: the whole command line, run by `isolde` for all that it does not do itself.
#include "conductor/cli/build/build_commands.h"
#include "conductor/cli/media/media_commands.h"
#include "conductor/cli/media/program.h"
#include "conductor/cli/session.h"

#include <unistd.h>
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>

namespace {

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

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Isolde: boots bare metal from virtual media, each node with its own configuration"};
    isolde::cli::Session session{std::cout, std::cerr};
    session.terminal = isatty(STDERR_FILENO) == 1;
    session.endpoint.endpoint = isolde::cli::default_endpoint();
    session.endpoint.user = environment_or_empty("OS_USERNAME");
    session.endpoint.password = environment_or_empty("OS_PASSWORD");
    isolde::cli::set_up(app, {session.endpoint.endpoint, session.endpoint.ca_file, session.json});
    isolde::cli::add_node_commands(app, session);
    isolde::cli::add_image_commands(app, session);
    isolde::cli::add_conductor_commands(app, session);
    isolde::cli::add_bmc_commands(app, session);
    const isolde::cli::MediaContext media{
        session.out, session.progress, session.json, session.result,
        [&session](const std::string& node) { return manifest_of_node(session, node); }};
    isolde::cli::add_media_commands(app, media);
    isolde::cli::add_build_commands(app, media);
    return isolde::cli::run(app, session.result, argc, argv);
}
