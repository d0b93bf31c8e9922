// SPDX-License-Identifier: GPL-3.0-or-later
//
// The options by which the media commands are told what an image shall become.
#pragma once

#include "base/result.h"
#include "conductor/cli/edits/edit_options.h"
#include "image/byte_source.h"
#include "vmedia/compose/plan.h"

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace isolde::cli {

struct PlanOptions {
    std::string base;
    std::string base_digest;
    std::string key;
    std::vector<std::string> merged;  ///< second media: files of this machine
    std::string media_check = "drop";
    EditOptions edits;
};

/// Adds the options to `command`; parsing fills `options`, which must outlive it.
void add_plan_options(CLI::App& command, PlanOptions& options);

void add_merge_option(CLI::App& command, std::vector<std::string>& media);

/// Puts into `plan` what the second media say that --merge names. Errors: Unsupported naming medium and part, NotFound.
base::Result<void> merge_media(vmedia::InjectionPlan& plan, const std::vector<std::string>& media,
                               const image::ByteSource& boot_image);

/// Reads the files that the options name. Errors: InvalidArgument, NotFound, Exhausted above 2 GiB.
base::Result<vmedia::InjectionPlan> read_plan(const PlanOptions& options);

}  // namespace isolde::cli
