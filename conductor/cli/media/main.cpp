// SPDX-License-Identifier: GPL-3.0-or-later
//
// isolde: the operator's command line.
#include "conductor/cli/media/media_commands.h"
#include "conductor/cli/media/program.h"

#include <CLI/CLI.hpp>
#include <iostream>

int main(int argc, char** argv) {
    constexpr const char* kWhole = "isolde-remote";
    if (!isolde::cli::is_local(argc, argv)) {
        const isolde::base::Error failed = isolde::cli::become(kWhole, argv);
        std::cerr << "isolde: " << failed.to_string() << "\n";
        return 1;
    }
    CLI::App app{"Isolde: composes boot media"};
    std::string endpoint = isolde::cli::default_endpoint();
    std::string ca_file;
    bool json = false;
    isolde::cli::set_up(app, {endpoint, ca_file, json});
    isolde::base::Result<void> result;
    const auto ask_conductor = [argv](const std::string&) -> isolde::base::Result<isolde::base::Json> {
        return isolde::cli::become(kWhole, argv);
    };
    isolde::cli::add_media_commands(app, {std::cout, std::cerr, json, result, ask_conductor});
    return isolde::cli::run(app, result, argc, argv);
}
