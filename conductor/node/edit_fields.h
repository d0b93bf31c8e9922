// SPDX-License-Identifier: GPL-3.0-or-later
//
// The fields of a deployment that edit boot entries, and the paths that it deletes. Pure.
#pragma once

#include "base/json.h"
#include "base/result.h"

#include <string>
#include <vector>

namespace isolde::conductor {

/// ramdisk_kernel_arguments, then kernel_append_params or, without it, `defaults`. Errors: InvalidArgument, Exhausted
/// above kLongestArguments.
base::Result<std::vector<std::string>> read_append(const base::JsonReader& info,
                                                   const std::vector<std::string>& defaults);
/// kernel_remove_params.
base::Result<std::vector<std::string>> read_remove(const base::JsonReader& info);
/// kernel_replace_params: each KEY=VALUE.
base::Result<std::vector<std::string>> read_replace(const base::JsonReader& info);
/// boot_entries: one name, or a list of such.
base::Result<std::vector<std::string>> read_boot_entries(const base::JsonReader& info);
/// default_boot_entry: empty, none is chosen.
base::Result<std::string> read_default_entry(const base::JsonReader& info);
/// delete_files: a list of paths, none of them twice.
base::Result<std::vector<std::string>> read_delete_files(const base::JsonReader& info);

}  // namespace isolde::conductor
