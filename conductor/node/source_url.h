// SPDX-License-Identifier: GPL-3.0-or-later
//
// URLs as users give them. Errors do not show them, for they may hold user-info. Pure.
#pragma once

#include "base/result.h"

#include <string>

namespace isolde::conductor {

/// No blank, no control character, at most 4096 bytes, something behind the scheme. Errors: InvalidArgument naming
/// `field`.
base::Result<void> check_url_text(const std::string& url, const std::string& field);

/// Has a scheme, and no more bytes than a URL may have.
bool looks_like_url(const std::string& text);

/// http or https, in any case.
bool is_http(const std::string& url);

/// Where an image may come from: an http, https or file URL. Errors: as check_url_text; Unsupported for others.
base::Result<void> check_source_url(const std::string& url, const std::string& field);

}  // namespace isolde::conductor
