// SPDX-License-Identifier: GPL-3.0-or-later
#include "redfish/emulator/reply.h"

#include "base/check.h"

#include <algorithm>
#include <array>

namespace isolde::emulator {
namespace {

using base::Json;

struct MessageText {
    Message message;
    int status;
    std::string_view id;
    std::string_view severity;
    std::string_view text;
    std::string_view resolution;
};

constexpr std::array kMessages = {
    MessageText{Message::Success, 200, "Success", "OK", "The request completed successfully.", "None."},
    MessageText{Message::ResourceNotFound, 404, "ResourceMissingAtURI", "Critical",
                "There is no resource at the URI %1.", "Follow the links of the service root."},
    MessageText{Message::MethodNotAllowed, 405, "OperationNotAllowed", "Critical",
                "The method %1 is not allowed on this resource.", "Use a method that the Allow header names."},
    MessageText{Message::MalformedJson, 400, "MalformedJSON", "Critical", "The request body is not valid JSON.",
                "Correct the body and send the request again."},
    MessageText{Message::UnrecognizedRequestBody, 400, "UnrecognizedRequestBody", "Warning",
                "The request body is not a JSON object.", "Send a JSON object."},
    MessageText{Message::MissingContentType, 415, "UnsupportedMediaType", "Critical",
                "The request body is not declared as application/json.", "Set Content-Type: application/json."},
    MessageText{Message::PropertyUnknown, 400, "PropertyUnknown", "Warning",
                "The property %1 is not a property of this resource.", "Remove the property from the request body."},
    MessageText{Message::PropertyNotWritable, 400, "PropertyNotWritable", "Warning", "The property %1 is read-only.",
                "Remove the property from the request body."},
    MessageText{Message::PropertyTypeError, 400, "PropertyValueTypeError", "Warning",
                "The value '%1' of the property %2 has a type that the property does not accept.",
                "Correct the type of the value."},
    MessageText{Message::PropertyNotInList, 400, "PropertyValueNotInList", "Warning",
                "The value '%1' of the property %2 is not in the list of acceptable values.",
                "Choose one of the allowable values."},
    MessageText{Message::ActionParameterMissing, 400, "ActionParameterMissing", "Critical",
                "The action %1 requires the parameter %2.", "Supply the parameter."},
    MessageText{Message::ActionParameterUnknown, 400, "ActionParameterUnknown", "Warning",
                "The action %1 does not know the parameter %2.", "Remove the parameter."},
    MessageText{Message::ActionParameterTypeError, 400, "ActionParameterValueTypeError", "Warning",
                "The value '%1' of the parameter %2 of the action %3 has a wrong type.",
                "Correct the type of the value."},
    MessageText{Message::ActionParameterNotInList, 400, "ActionParameterValueNotInList", "Warning",
                "The value '%1' of the parameter %2 of the action %3 is not in the list of acceptable values.",
                "Choose one of the allowable values."},
    MessageText{Message::ActionParameterFormat, 400, "ActionParameterValueFormatError", "Warning",
                "The value '%1' of the parameter %2 of the action %3 has a wrong format.", "Correct the value."},
    MessageText{Message::ActionParameterConflict, 409, "ActionParameterValueConflict", "Warning",
                "The parameter %1 with the value '%2' conflicts with the present state.",
                "Bring the resource into another state first."},
    MessageText{Message::ResourceInUse, 409, "ResourceInUse", "Warning",
                "The change is not possible because the resource is in use.", "Free the resource and try again."},
    MessageText{Message::NoValidSession, 401, "NoValidSession", "Critical",
                "The request carries no valid session or credentials.", "Log in and try again."},
    MessageText{Message::SessionLimitExceeded, 503, "SessionLimitExceeded", "Critical",
                "There are as many sessions as the service allows.", "End a session and try again."},
    MessageText{Message::PreconditionFailed, 412, "PreconditionFailed", "Critical",
                "The ETag in If-Match is not that of the resource.", "Read the resource again."},
    MessageText{Message::PreconditionRequired, 428, "PreconditionRequired", "Critical",
                "The request has no If-Match header.", "Send the ETag of the resource in If-Match."},
    MessageText{Message::InternalError, 500, "InternalError", "Critical",
                "The request failed because of an internal error of the service.", "Try again; reset the service."},
    MessageText{Message::ServiceUnavailable, 503, "ServiceTemporarilyUnavailable", "Critical",
                "The service is temporarily unavailable. Retry in %1 seconds.", "Wait and try again."},
};

const MessageText& text_of(Message message) {
    const auto* const found = std::find_if(kMessages.begin(), kMessages.end(),
                                           [&](const MessageText& row) { return row.message == message; });
    ISOLDE_CHECK(found != kMessages.end());
    return *found;
}

/// `%1` … `%9` replaced.
std::string fill_in(std::string_view text, const std::vector<std::string>& arguments) {
    std::string filled;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool placeholder = text[i] == '%' && i + 1 < text.size() && text[i + 1] >= '1' && text[i + 1] <= '9';
        if (!placeholder) {
            filled += text[i];
            continue;
        }
        const auto index = static_cast<std::size_t>(text[++i] - '1');
        filled += index < arguments.size() ? arguments[index] : std::string();
    }
    return filled;
}

}  // namespace

Json error_body(Message message, std::vector<std::string> arguments, std::vector<std::string> related) {
    const MessageText& text = text_of(message);
    const std::string id = "Base.1.16." + std::string(text.id);
    Json info = {{"@odata.type", "#Message.v1_1_2.Message"},
                 {"MessageId", id},
                 {"Message", fill_in(text.text, arguments)},
                 {"MessageArgs", std::move(arguments)},
                 {"MessageSeverity", text.severity},
                 {"Severity", text.severity},
                 {"Resolution", text.resolution}};
    if (!related.empty()) {
        info["RelatedProperties"] = std::move(related);
    }
    const std::string summary = info["Message"];
    return {{"error", {{"code", id}, {"message", summary}, {"@Message.ExtendedInfo", Json::array({std::move(info)})}}}};
}

Reply refuse(Message message, std::vector<std::string> arguments, std::vector<std::string> related) {
    Reply reply;
    reply.status = text_of(message).status;
    reply.body = error_body(message, std::move(arguments), std::move(related));
    return reply;
}

Reply answer(Json body, int status) {
    Reply reply;
    reply.status = status;
    reply.body = std::move(body);
    return reply;
}

Reply no_content() {
    Reply reply;
    reply.status = 204;
    return reply;
}

}  // namespace isolde::emulator
