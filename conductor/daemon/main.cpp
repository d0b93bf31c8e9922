// SPDX-License-Identifier: GPL-3.0-or-later
//
// isolde-conductor: reads its settings and runs. Exit codes: 0 ended on request, 1 failed, 2 usage.
#include "base/version.h"
#include "conductor/daemon/daemon.h"

#include <CLI/CLI.hpp>
#include <iostream>

int main(int argc, char** argv) {
    CLI::App app{"Isolde's conductor: serves the Ironic API and boots nodes from virtual media"};
    app.name("isolde-conductor");
    app.set_version_flag("--version", isolde::base::version_line("isolde-conductor"), "print the version");
    std::string path;
    std::vector<std::string> overrides;
    bool check = false;
    app.add_option("--config", path, "settings, TOML; see the sample isolde-conductor.toml");
    app.add_option("--set", overrides, "table.key=value: one setting, over the file's")->allow_extra_args(false);
    app.add_flag("--check", check, "only read the settings and say what is wrong with them");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    const auto settings = isolde::config::load_settings(path, overrides);
    if (!settings.ok()) {
        std::cerr << "isolde-conductor: " << settings.error().to_string() << "\n";
        return 1;
    }
    if (check) {
        std::cout << "settings are good\n";
        return 0;
    }
    const auto ran = isolde::conductor::run_conductor(*settings);
    if (!ran.ok()) {
        std::cerr << "isolde-conductor: " << ran.error().to_string() << "\n";
        return 1;
    }
    return 0;
}
