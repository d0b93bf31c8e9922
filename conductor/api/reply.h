// SPDX-License-Identifier: GPL-3.0-or-later
//
// Answers in the forms that Ironic's clients decode. Pure.
#pragma once

#include "base/json.h"
#include "base/result.h"
#include "http/server/server.h"

#include <string>

namespace isolde::conductor::api {

http::Response json_reply(int status, const base::Json& body);
/// No body; `location` may be empty.
http::Response empty_reply(int status, const std::string& location = "");

/// {"error_message": "{\"faultcode\": …, \"faultstring\": …, \"debuginfo\": null}"}: the value is JSON as text.
http::Response fault_reply(int status, const std::string& text);
/// The other inner form, {"code", "title", "description"}, which routing and versions use.
http::Response routing_fault_reply(int status, const std::string& text);
http::Response error_reply(const base::Error& error);

}  // namespace isolde::conductor::api
