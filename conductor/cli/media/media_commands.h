// SPDX-License-Identifier: GPL-3.0-or-later
//
// `isolde media …`: composing, planning, inspecting, describing, serving and undoing on this machine.
// Only describing a node asks a conductor.
#pragma once

#include "base/json.h"
#include "base/result.h"

#include <functional>
#include <iosfwd>
#include <string>

namespace CLI {
class App;
}

namespace isolde::cli {

/// What the media commands share with the rest of the program; everything outlives the parsing.
struct MediaContext {
    std::ostream& out;           ///< what was asked for
    std::ostream& notes;         ///< progress and warnings
    const bool& json;            ///< --json
    base::Result<void>& result;  ///< set by the command that ran
    /// The manifest of a node's image, from its conductor.
    std::function<base::Result<base::Json>(const std::string& node)> manifest_of_node;
};

/// Adds `media compose|plan|inspect|describe|serve|undo` to `app`. They run while `app` parses.
void add_media_commands(CLI::App& app, const MediaContext& context);

}  // namespace isolde::cli
