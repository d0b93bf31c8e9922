// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/cli/media/program.h"

#include "base/files.h"
#include "base/json.h"
#include "base/version.h"

#include <unistd.h>
#include <CLI/CLI.hpp>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string_view>

namespace isolde::cli {

std::string default_endpoint() {
    for (const char* name : {"ISOLDE_ENDPOINT", "OS_ENDPOINT"}) {
        if (const char* value = std::getenv(name); value != nullptr && *value != '\0') {
            return value;
        }
    }
    return "http://127.0.0.1:6385";
}

void set_up(CLI::App& app, const GlobalOptions& options) {
    app.name("isolde");
    app.set_version_flag("--version", base::version_line("isolde"), "print the version");
    app.require_subcommand(1);
    app.fallthrough();
    app.add_option("--endpoint", options.endpoint, "the conductor (ISOLDE_ENDPOINT, OS_ENDPOINT)")
        ->capture_default_str();
    app.add_option("--ca-file", options.ca_file, "PEM file that the conductor's certificate is verified by");
    app.add_flag("--json", options.json, "print JSON");
}

int run(CLI::App& app, const base::Result<void>& result, int argc, char** argv) {
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    } catch (const base::Json::exception&) {
        std::cerr << "isolde: the conductor's answer was not understood; is it of the same version?\n";
        return 1;
    }
    if (!result.ok()) {
        std::cerr << "isolde: " << result.error().to_string() << "\n";
        return 1;
    }
    return 0;
}

bool is_local(int argc, char** argv) {
    if (argc == 2 && std::string_view(argv[1]) == "--version") {
        return true;
    }
    if (argc < 3 || std::string_view(argv[1]) != "media") {
        return false;
    }
    const std::string_view command = argv[2];
    return command != "build" && !command.starts_with('-');
}

base::Error become(const std::string& name, char** argv) {
    std::array<char, PATH_MAX> self{};
    const ssize_t length = ::readlink("/proc/self/exe", self.data(), self.size() - 1);
    if (length <= 0) {
        return base::internal("cannot find the directory of this program in /proc/self/exe");
    }
    const std::string path(self.data(), static_cast<std::size_t>(length));
    const std::string other = base::join_path(path.substr(0, path.rfind('/')), name);
    std::cout.flush();
    ::execv(other.c_str(), argv);
    return base::unavailable(other + " cannot be run: " + std::strerror(errno) +
                             "; this command needs it beside isolde");
}

}  // namespace isolde::cli
