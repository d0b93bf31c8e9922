// SPDX-License-Identifier: GPL-3.0-or-later
//
// Following a node until a verb is done.
#pragma once

#include "conductor/cli/session.h"

#include <string>

namespace isolde::cli {

/// What a node document says of a wait for `wanted`: done, still on the way, or failed with the reason. Pure.
struct WaitVerdict {
    enum class Kind { Done, Pending, Failed } kind = Kind::Pending;
    std::string text;  ///< progress line, or why it failed
};
WaitVerdict judge_wait(const base::Json& node, const std::string& wanted);

/// Polls the node once a second and shows its progress. Errors: Internal with the node's last_error; Timeout.
base::Result<void> wait_for_state(RestClient& client, Session& session, const std::string& node,
                                  const std::string& wanted, int timeout_seconds);

}  // namespace isolde::cli
