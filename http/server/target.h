// SPDX-License-Identifier: GPL-3.0-or-later
//
// Request targets: path and query (RFC 9112 §3.2). Pure.
#pragma once

#include "http/server/server.h"

#include <optional>
#include <string>
#include <string_view>

namespace isolde::http {

/// "a%20b" → "a b". Nothing when an escape is incomplete or names a control character.
std::optional<std::string> percent_decode(std::string_view text);

/// Fills `path` and `query` from `target`: "/a%20b?c=d" → "/a b" and "c=d". Origin and absolute form, and "*".
/// False when it is none of these.
bool split_target(Request& request);

}  // namespace isolde::http
