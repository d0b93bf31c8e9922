// SPDX-License-Identifier: GPL-3.0-or-later
//
// How to authenticate: a Redfish session where the BMC has them, basic authentication where it has not, and never a
// step back to basic after a session worked (DSP0266 "Security"). Wrong credentials are not tried again soon: BMCs lock
// accounts after a few. Pure decisions; redfish/service.h acts on them.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "redfish/error_body.h"

#include <string_view>

namespace isolde::redfish {

enum class AuthType { Auto, Basic, Session };
/// "auto", "basic", "session". Errors: InvalidArgument.
base::Result<AuthType> parse_auth_type(std::string_view text);

enum class LoginVerdict {
    SessionMade,
    UseBasic,        ///< this BMC has no sessions
    UseBasicForNow,  ///< its sessions are used up
    TryBasicOnce,    ///< refused, but basic may still be what it wants
    Refused,         ///< wrong credentials
    PasswordChangeRequired,
    NotNow,  ///< no session can be made and basic is not allowed
};

struct LoginAnswer {
    int status = 0;
    bool has_token = false;
    ErrorBody body;
};

LoginVerdict judge_login(AuthType type, bool session_worked, const LoginAnswer& answer);

/// How long credentials that were refused `refusals` times in a row are not sent again.
base::Duration lockout_pause(int refusals);

}  // namespace isolde::redfish
