// SPDX-License-Identifier: GPL-3.0-or-later
//
// Microversions of the OpenStack Ironic API: 1.1 to 1.110. Pure.
#pragma once

#include "base/result.h"
#include "http/message.h"

#include <string_view>

namespace isolde::conductor::api {

inline constexpr int kMinimumMinor = 1;
inline constexpr int kMaximumMinor = 110;
inline constexpr std::string_view kVersionHeader = "X-OpenStack-Ironic-API-Version";

/// The minor version that a request asks for: absent → 1, "latest" → the highest. Errors: Unsupported with Ironic's text
/// for a version out of range, InvalidArgument for one that is none.
base::Result<int> requested_minor(const http::Headers& headers);

/// Adds minimum, maximum and, when `minor` > 0, the effective version.
void add_version_headers(http::Headers& headers, int minor);

}  // namespace isolde::conductor::api
