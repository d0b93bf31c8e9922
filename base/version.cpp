// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/version.h"

namespace isolde::base {

std::string_view version() {
    return ISOLDE_VERSION;
}

std::string version_line(std::string_view program) {
    return std::string(program) + " " + std::string(version());
}

}  // namespace isolde::base
