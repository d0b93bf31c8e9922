// SPDX-License-Identifier: GPL-3.0-or-later
//
// The part of the GRUB editor that makes a menu boot without a key. See edit_grub for the rules.
#pragma once

#include "vmedia/edit/grub_script.h"

namespace isolde::vmedia {

/// `takes_arguments` is parallel to `script.entries`. Adds changes and warnings to `result`.
void make_grub_unattended(const GrubScript& script, const std::vector<bool>& takes_arguments, const BootEdit& edit,
                          const std::string& file, TextEdit& text_edit, ConfigEdit& result);

}  // namespace isolde::vmedia
