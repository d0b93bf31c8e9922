// SPDX-License-Identifier: GPL-3.0-or-later
//
// What a BMC says when it refuses (DSP0266 "Error responses"), in every shape seen: with or without a top-level
// `error`, @Message.ExtendedInfo as list or single object, or plain text. The same shape with `Success` arrives with
// 2xx from iLO, so a body is an error only together with a status. Pure.
#pragma once

#include "redfish/json_view.h"

#include <string>
#include <string_view>
#include <vector>

namespace isolde::redfish {

struct Message {
    std::string id;  ///< "IDRAC.2.8.RAC0904"
    std::string text;
    std::string severity;
    std::string resolution;
    std::vector<std::string> arguments;
    std::vector<std::string> related;  ///< JSON pointers of properties

    /// The last dotted component of `id`: registries and versions differ for the same message.
    std::string_view key() const;
};

struct ErrorBody {
    std::vector<Message> messages;
    std::string text;  ///< error.message, or the beginning of a body that is no JSON

    /// True when a message has that key, without regard to case.
    bool has(std::string_view key) const;
    /// True when any id, text, argument or related property contains `word`, without regard to case.
    bool mentions(std::string_view word) const;
    /// One line for the operator: the most severe message that says something, with its resolution. Printable.
    std::string summary() const;
};

/// Messages of `error`, of the root, and of annotated properties ("Boot@Message.ExtendedInfo"); of a Task its Messages.
ErrorBody read_error_body(const Json& body);
/// For a body that is no JSON, as some answer with a JSON content type.
ErrorBody read_error_text(std::string_view body);

/// At most `limit` printable characters on one line.
std::string printable(std::string_view text, std::size_t limit);
/// `text` contains `word`, without regard to case.
bool contains_ignoring_case(std::string_view text, std::string_view word);

}  // namespace isolde::redfish
