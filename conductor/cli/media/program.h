// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the two programs behind the command line share. `isolde` itself does what needs no conductor, which is composing
// and reading images; it becomes `isolde-remote`, the whole command line, for everything else. So composing pays for no
// library that only speaks HTTP.
#pragma once

#include "base/result.h"

#include <string>

namespace CLI {
class App;
}

namespace isolde::cli {

/// Where the options go that stand before or after any command; all outlive the parsing.
struct GlobalOptions {
    std::string& endpoint;
    std::string& ca_file;
    bool& json;
};

/// From ISOLDE_ENDPOINT, else OS_ENDPOINT, else a conductor on this machine.
std::string default_endpoint();
/// Names the program and adds its options.
void set_up(CLI::App& app, const GlobalOptions& options);
/// Parses, which runs the commands, and tells how `result` is. Exit codes: 0 done, 1 refused or failed, 2 usage.
int run(CLI::App& app, const base::Result<void>& result, int argc, char** argv);

/// True when the command line can be done by `isolde` itself: its version, and `media` with a command that only
/// composes or reads. The others are done by isolde-remote, which can do all.
bool is_local(int argc, char** argv);
/// Goes on as the program `name`, which stands in the directory of this one, with the same arguments. Returns only when
/// that fails. Errors: Internal, Unavailable naming the program.
base::Error become(const std::string& name, char** argv);

}  // namespace isolde::cli
