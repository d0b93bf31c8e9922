// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace isolde::base {

void check_failed(const char* condition, const char* file, int line) {
    std::fprintf(stderr, "isolde: internal check failed: %s at %s:%d\n", condition, file, line);
    std::abort();
}

}  // namespace isolde::base
