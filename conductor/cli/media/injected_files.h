// SPDX-License-Identifier: GPL-3.0-or-later
//
// Files of this machine for a plan: what the options --file, --mkdir and --symlink of the media commands name.
#pragma once

#include "vmedia/compose/plan.h"

#include <string>
#include <vector>

namespace isolde::cli {

/// Each option is "SRC=/path": the file SRC of this machine, to be put at /path with its permission bits. A directory
/// SRC is taken with all that is in it, sorted by name, its symbolic links as links; at most 4096 entries. A file above
/// 1 MiB for the ISO is not read but shown from where it is: it must not change while the image is in use. Errors:
/// InvalidArgument (the form), NotFound, Unsupported (an entry that is no file, directory or link), Exhausted.
base::Result<void> read_files(vmedia::InjectionPlan& plan, const std::vector<std::string>& options,
                              vmedia::FileTarget target);

/// "/path", mode 0755.
vmedia::InjectedFile new_directory(const std::string& option);

/// "TARGET=/path". Errors: InvalidArgument.
base::Result<vmedia::InjectedFile> new_link(const std::string& option);

}  // namespace isolde::cli
