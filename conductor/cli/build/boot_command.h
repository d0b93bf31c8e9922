// SPDX-License-Identifier: GPL-3.0-or-later
//
// `isolde media build boot`: a boot ISO from a kernel and a ramdisk.
#pragma once

#include "conductor/cli/media/media_commands.h"

namespace isolde::cli {

/// Adds `boot` to `build`. It runs while that parses.
void add_boot(CLI::App& build, const MediaContext& context);

}  // namespace isolde::cli
