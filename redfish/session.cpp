// SPDX-License-Identifier: GPL-3.0-or-later
#include "redfish/session.h"

#include "redfish/retry.h"

#include <algorithm>

namespace isolde::redfish {

base::Result<AuthType> parse_auth_type(std::string_view text) {
    if (text == "auto" || text.empty()) return AuthType::Auto;
    if (text == "basic") return AuthType::Basic;
    if (text == "session") return AuthType::Session;
    return base::invalid_argument("authentication type '" + printable(text, 40) + "' is not auto, basic or session");
}

LoginVerdict judge_login(AuthType type, bool session_worked, const LoginAnswer& answer) {
    const bool basic_allowed = type == AuthType::Auto && !session_worked;
    if (answer.body.has("PasswordChangeRequired")) return LoginVerdict::PasswordChangeRequired;
    if (answer.status >= 200 && answer.status < 300 && answer.has_token) return LoginVerdict::SessionMade;
    if (answer.status == 401) return basic_allowed ? LoginVerdict::TryBasicOnce : LoginVerdict::Refused;
    if (answer.status == 503 || is_session_limit(answer.body)) {
        return basic_allowed ? LoginVerdict::UseBasicForNow : LoginVerdict::NotNow;
    }
    if (answer.status == 403) return LoginVerdict::Refused;
    return basic_allowed ? LoginVerdict::UseBasic : LoginVerdict::NotNow;
}

base::Duration lockout_pause(int refusals) {
    if (refusals <= 0) return base::Duration::zero();
    const auto doubled = std::chrono::minutes(1) * (1 << std::min(refusals - 1, 4));
    return std::min<base::Duration>(doubled, std::chrono::minutes(15));
}

}  // namespace isolde::redfish
