// SPDX-License-Identifier: GPL-3.0-or-later
//
// `isolde media …`: composing, planning, inspecting, describing, serving and undoing on this machine, without a conductor.
#pragma once

#include "base/result.h"

#include <iosfwd>

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
};

/// Adds `media compose|plan|inspect|describe|serve|undo` to `app`. They run while `app` parses.
void add_media_commands(CLI::App& app, const MediaContext& context);

}  // namespace isolde::cli
