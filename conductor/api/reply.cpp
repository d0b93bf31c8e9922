// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/api/reply.h"

namespace isolde::conductor::api {

http::Response json_reply(int status, const base::Json& body) {
    http::Response response;
    response.status = status;
    response.headers.add("Content-Type", "application/json");
    response.body = base::dump_json(body);
    return response;
}

http::Response empty_reply(int status, const std::string& location) {
    http::Response response;
    response.status = status;
    if (!location.empty()) {
        response.headers.add("Location", location);
    }
    return response;
}

http::Response fault_reply(int status, const std::string& text) {
    const base::Json inner = {
        {"faultcode", status >= 500 ? "Server" : "Client"}, {"faultstring", text}, {"debuginfo", nullptr}};
    return json_reply(status, {{"error_message", base::dump_json(inner)}});
}

http::Response routing_fault_reply(int status, const std::string& text) {
    const base::Json inner = {{"code", status}, {"title", http::reason_phrase(status)}, {"description", text}};
    return json_reply(status, {{"error_message", base::dump_json(inner)}});
}

http::Response error_reply(const base::Error& error) {
    return fault_reply(base::http_status(error.kind), error.to_string());
}

}  // namespace isolde::conductor::api
