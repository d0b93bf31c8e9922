// SPDX-License-Identifier: GPL-3.0-or-later
//
// A request as the resource tree sees it, its reply, and the error bodies of DSP0266 §"Error responses" with messages
// of the Base message registry (DSP8011).
#pragma once

#include "base/json.h"
#include "http/message.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isolde::emulator {

struct Call {
    std::string method;
    std::string path;  ///< percent-decoded, without the query
    std::string body;
    http::Headers headers;
};

struct Reply {
    int status = 200;
    http::Headers headers;
    std::optional<base::Json> body;
};

/// The messages that this BMC uses.
enum class Message {
    Success,
    ResourceNotFound,  ///< type, name
    MethodNotAllowed,  ///< method
    MalformedJson,
    UnrecognizedRequestBody,
    MissingContentType,
    PropertyUnknown,           ///< property
    PropertyNotWritable,       ///< property
    PropertyTypeError,         ///< value, property
    PropertyNotInList,         ///< value, property
    ActionParameterMissing,    ///< action, parameter
    ActionParameterUnknown,    ///< action, parameter
    ActionParameterTypeError,  ///< value, parameter, action
    ActionParameterNotInList,  ///< value, parameter, action
    ActionParameterFormat,     ///< value, parameter, action
    ActionParameterConflict,   ///< parameter, value
    ResourceInUse,
    NoValidSession,
    SessionLimitExceeded,
    PreconditionFailed,
    PreconditionRequired,
    InternalError,
    ServiceUnavailable,  ///< seconds
};

/// The error body of `message` with its HTTP status. `related` are JSON Pointers into the request ("/Boot/…").
Reply refuse(Message message, std::vector<std::string> arguments = {}, std::vector<std::string> related = {});
/// The body alone, as a fault that wants a plausible error under another status needs it.
base::Json error_body(Message message, std::vector<std::string> arguments, std::vector<std::string> related);

Reply answer(base::Json body, int status = 200);
Reply no_content();

}  // namespace isolde::emulator
