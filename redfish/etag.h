// SPDX-License-Identifier: GPL-3.0-or-later
//
// Which If-Match a BMC accepts on PATCH. The exact tag is right by RFC 9110 §13.1.1; iRMC wants it without quotes, AMI
// wants "*", others refuse weak tags, so a refusal walks down a ladder, and what worked is remembered per BMC. If-Match
// is never sent with an action (iDRAC10 and bmcweb answer 412). Pure.
#pragma once

#include "redfish/error_body.h"

#include <optional>
#include <string>
#include <string_view>

namespace isolde::redfish {

/// In the order in which they are tried.
enum class EtagForm {
    Exact,
    Strong,    ///< without W/
    Unquoted,  ///< without W/ and quotes
    Any,       ///< *
    None,      ///< no If-Match
};

/// The header's value; nothing when none is to be sent. An empty tag gives none but for Any. A `-gzip` suffix, added
/// by servers that compress, is taken off.
std::optional<std::string> if_match(std::string_view etag, EtagForm form);

/// The next form that gives another header than `form` does for this tag; nothing after None.
std::optional<EtagForm> next_form(std::string_view etag, EtagForm form);

/// 412, 428, or a 400 that speaks of a precondition.
bool is_precondition_refusal(int status, const ErrorBody& body);

}  // namespace isolde::redfish
