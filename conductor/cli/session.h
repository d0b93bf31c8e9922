// SPDX-License-Identifier: GPL-3.0-or-later
//
// What every command of one run of `isolde` shares: where the conductor is, how to print, how it ended.
#pragma once

#include "base/result.h"
#include "conductor/cli/rest_client.h"

#include <functional>
#include <iosfwd>
#include <memory>
#include <string>

namespace CLI {
class App;
}

namespace isolde::cli {

struct Session {
    std::ostream& out;
    std::ostream& progress;
    bool terminal = false;
    bool json = false;
    RestOptions endpoint;
    /// Set by the command that ran.
    base::Result<void> result;

    /// Runs a command that talks to the conductor.
    void with_conductor(const std::function<base::Result<void>(RestClient&)>& command);
};

void add_node_commands(CLI::App& app, Session& session);
void add_deploy_commands(CLI::App& node, Session& session);  ///< below `isolde node`
void add_image_commands(CLI::App& app, Session& session);
void add_conductor_commands(CLI::App& app, Session& session);
void add_bmc_commands(CLI::App& app, Session& session);

}  // namespace isolde::cli
