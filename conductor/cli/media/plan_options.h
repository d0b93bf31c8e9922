// SPDX-License-Identifier: GPL-3.0-or-later
//
// The options by which the media commands are told what an image shall become.
#pragma once

#include "base/result.h"
#include "vmedia/compose/plan.h"

#include <array>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace isolde::cli {

constexpr std::size_t kPresetKinds = 7;

struct PlanOptions {
    std::string base;
    std::string base_digest;
    std::vector<std::string> append;
    std::vector<std::string> remove;
    std::vector<std::string> replace;
    std::vector<std::string> entries;
    std::string default_entry;
    std::vector<std::string> files;
    std::vector<std::string> deletions;
    std::vector<std::string> directories;
    std::vector<std::string> links;
    std::vector<std::string> initrd_files;
    std::vector<std::string> efi_files;
    std::array<std::string, kPresetKinds> presets;  ///< by vmedia::PresetKind: a file of this machine, or empty
    std::string meta_data;
    std::string key;
    bool attended = false;
};

/// Adds the options to `command`; parsing fills `options`, which must outlive it.
void add_plan_options(CLI::App& command, PlanOptions& options);

/// Reads the files that the options name. Errors: InvalidArgument, NotFound, Exhausted above 2 GiB.
base::Result<vmedia::InjectionPlan> read_plan(const PlanOptions& options);

}  // namespace isolde::cli
