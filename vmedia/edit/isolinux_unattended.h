// SPDX-License-Identifier: GPL-3.0-or-later
//
// The part of the isolinux editor that makes a menu boot without a key. See edit_isolinux for the rules.
#pragma once

#include "vmedia/edit/isolinux_script.h"

namespace isolde::vmedia {

/// Adds changes to `result`, whose menu already holds the labels of this file. Gives the lines of the directives whose
/// value is another one now.
std::vector<Span> make_isolinux_unattended(std::string_view text, const SyslinuxScript& script, const BootEdit& edit,
                                           TextEdit& text_edit, ConfigEdit& result);

}  // namespace isolde::vmedia
