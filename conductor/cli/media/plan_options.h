// SPDX-License-Identifier: GPL-3.0-or-later
//
// The options by which the media commands are told what an image shall become.
#pragma once

#include "base/result.h"
#include "conductor/cli/edits/edit_options.h"
#include "vmedia/compose/plan.h"

#include <string>

namespace CLI {
class App;
}

namespace isolde::cli {

struct PlanOptions {
    std::string base;
    std::string base_digest;
    std::string key;
    std::string media_check = "drop";
    EditOptions edits;
};

/// Adds the options to `command`; parsing fills `options`, which must outlive it.
void add_plan_options(CLI::App& command, PlanOptions& options);

/// Reads the files that the options name. Errors: InvalidArgument, NotFound, Exhausted above 2 GiB.
base::Result<vmedia::InjectionPlan> read_plan(const PlanOptions& options);

}  // namespace isolde::cli
