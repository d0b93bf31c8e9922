// SPDX-License-Identifier: GPL-3.0-or-later
//
// The conductor, but it dies by SIGKILL at the journal point named by ISOLDE_STOP_AT. Takes --set as the real one.
#include "conductor/daemon/daemon.h"

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string_view>

int main(int argc, char** argv) {
    std::vector<std::string> overrides;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (std::string_view(argv[i]) != "--set") {
            return 2;
        }
        overrides.emplace_back(argv[i + 1]);
    }
    const char* point = std::getenv("ISOLDE_STOP_AT");
    const std::string stop_at = point == nullptr ? "" : point;
    const auto settings = isolde::config::load_settings("", overrides);
    if (!settings.ok()) {
        std::cerr << settings.error().to_string() << "\n";
        return 1;
    }
    const auto ran = isolde::conductor::run_conductor(*settings, [&](const std::string& here) {
        if (here == stop_at) {
            std::raise(SIGKILL);
        }
    });
    return ran.ok() ? 0 : 1;
}
