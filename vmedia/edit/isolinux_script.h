// SPDX-License-Identifier: GPL-3.0-or-later
//
// A syslinux configuration as directives and labels (doc/syslinux.txt; com32/menu/readconfig.c gives the order in which
// later directives win). Keywords are compared without case.
#pragma once

#include "vmedia/edit/text_edit.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isolde::vmedia {

struct SyslinuxDirective {
    std::string keyword;  ///< lower case; "menu default" for the keywords of menus
    Span keyword_span;
    Span value;  ///< without blanks around it
    Span line;   ///< without the line break
};

struct SyslinuxLabel {
    std::string name;   ///< the first word behind `label`
    std::string title;  ///< `menu label` without '^', else all of what is behind `label` if that is more than its name
    SyslinuxDirective at;
    std::optional<SyslinuxDirective> kernel;  ///< the last of kernel, linux, localboot, config, com32, …
    std::optional<SyslinuxDirective> append;  ///< the last one
    bool marked_default = false;
};

struct SyslinuxScript {
    std::vector<SyslinuxDirective> globals;  ///< everything that belongs to no label; `append` there is for all labels
    std::vector<SyslinuxLabel> labels;
};

/// Linear in the size of `text`.
SyslinuxScript parse_syslinux(std::string_view text);

/// "c32" of "vesamenu.c32 …", lower case.
std::string extension_of(std::string_view path);

}  // namespace isolde::vmedia
