// SPDX-License-Identifier: GPL-3.0-or-later
//
// Editor of isolinux.cfg, syslinux.cfg, extlinux.conf and the files that they include (doc/syslinux.txt, doc/menu.txt).
#pragma once

#include "vmedia/edit/boot_config.h"

namespace isolde::vmedia {

/// Edits the `append` of every label that boots a Linux kernel; a label without one gets one, unless arguments for all
/// labels exist, which are edited instead. `default` and `ontimeout` that name a kernel file rather than a label are
/// edited too. Labels that boot *.c32, boot sectors, disk images or the local disk are left alone, as is TEXT…ENDTEXT.
/// Words pass as they are. Words behind the kernel on its own line are removed and replaced there.
///
/// Unattended: `timeout 0`, which waits for ever, becomes 5 s. A top-level file that has none gets one at its start,
/// where one of the menu's files has `default`, `ui` or `prompt`; where no label that takes arguments is the default,
/// `default` is replaced or `ontimeout` added. A menu stays a menu. In every file of the menu, for what stands last
/// counts: a `default` or `ontimeout` that boots no Linux, or the speech synthesis of Debian's installer, is replaced.
///
/// A default entry that is wanted replaces `default` where that names a label, and what `ontimeout` says, in every file
/// of the menu.
///
/// Errors: InvalidArgument, Exhausted (check_edit; check_length); Unsupported for arguments of one entry that has no
/// `append` of its own beside one for all.
base::Result<ConfigEdit> edit_isolinux(std::string_view file, std::string_view text, const BootEdit& edit);

}  // namespace isolde::vmedia
