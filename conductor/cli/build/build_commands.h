// SPDX-License-Identifier: GPL-3.0-or-later
//
// `isolde media build …`: small media made of files of this machine: config drives, cloud-init seeds, answer media and
// sets of files, and boot images from a kernel and a ramdisk. Done by isolde-remote, so that composing need not load
// libisofs.
#pragma once

#include "conductor/cli/media/media_commands.h"

namespace isolde::cli {

/// Adds `build config-drive|cidata|oemdrv|autounattend|files|boot` to the `media` of `app`. They run while it parses.
void add_build_commands(CLI::App& app, const MediaContext& context);

}  // namespace isolde::cli
