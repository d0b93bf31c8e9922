// SPDX-License-Identifier: GPL-3.0-or-later
//
// Editors for systemd-boot: entries (Boot Loader Specification, type 1) and loader.conf.
#pragma once

#include "vmedia/edit/boot_config.h"

namespace isolde::vmedia {

/// One entry file, loader/entries/*.conf. Several `options` lines are one command line: words are appended to the last,
/// removed from all; an entry with a `linux` key and no `options` gets a line. An entry that starts another EFI program
/// is skipped. `unattended` has no effect here.
///
/// Errors: InvalidArgument, Exhausted (check_edit; check_length); InvalidArgument for a word that starts with a double
/// quote where systemd-boot would take the quotes of the whole value away.
base::Result<ConfigEdit> edit_bls(std::string_view file, std::string_view text, const BootEdit& edit);

/// loader/loader.conf: unattended, `timeout menu-force` becomes 5 s. A missing timeout boots at once and stays.
/// A default entry that is wanted (by its file name) replaces `default` or is added.
base::Result<ConfigEdit> edit_loader_conf(std::string_view file, std::string_view text, const BootEdit& edit);

}  // namespace isolde::vmedia
