// SPDX-License-Identifier: GPL-3.0-or-later
//
// Which version of Isolde this is.
#pragma once

#include <string>
#include <string_view>

namespace isolde::base {

/// The project's version, as in "0.1.0".
std::string_view version();

/// What `PROGRAM --version` prints: the program's name and the version.
std::string version_line(std::string_view program);

}  // namespace isolde::base
