// SPDX-License-Identifier: GPL-3.0-or-later
//
// ISOLDE_CHECK stops the process on a programmer's error, with the place and the broken condition. It is never used on
// what comes from a BMC, the network, a disk or a user: those are Errors.
#pragma once

namespace isolde::base {

[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace isolde::base

#define ISOLDE_CHECK(condition) \
    ((condition) ? static_cast<void>(0) : ::isolde::base::check_failed(#condition, __FILE__, __LINE__))
