// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/cli/rest_client.h"

#include <utility>

#include <cpprest/http_client.h>

namespace isolde::cli {
namespace {

using base::Json;
using base::Result;

base::ErrorKind kind_of(int status) {
    switch (status) {
        case 400:
        case 405:
        case 406: return base::ErrorKind::InvalidArgument;
        case 401:
        case 403: return base::ErrorKind::Unauthorized;
        case 404: return base::ErrorKind::NotFound;
        case 409: return base::ErrorKind::Conflict;
        case 429: return base::ErrorKind::RateLimited;
        case 501: return base::ErrorKind::Unsupported;
        case 503: return base::ErrorKind::Unavailable;
        case 504: return base::ErrorKind::Timeout;
        case 507: return base::ErrorKind::Exhausted;
        default: return base::ErrorKind::Internal;
    }
}

std::string trimmed_endpoint(std::string endpoint) {
    for (const std::string suffix : {"/", "/v1", "/"}) {
        while (endpoint.size() > suffix.size() && endpoint.ends_with(suffix)) {
            endpoint.resize(endpoint.size() - suffix.size());
        }
    }
    return endpoint;
}

class CppRestClient final : public RestClient {
  public:
    CppRestClient(std::string endpoint, const web::http::client::http_client_config& config)
        : endpoint_(std::move(endpoint)), client_(web::uri(endpoint_), config) {}

    Result<Json> call(const std::string& method, const std::string& path, const Json& body) override {
        try {
            web::http::http_request request(method);
            request.set_request_uri(web::uri(path));
            request.headers().add("X-OpenStack-Ironic-API-Version", "1.110");
            request.headers().add("Accept", "application/json");
            if (!body.is_null()) {
                request.set_body(base::dump_json(body), "application/json");
            }
            web::http::http_response response = client_.request(request).get();
            const std::string text = response.extract_utf8string(true).get();
            return judged(response.status_code(), text);
        } catch (const std::exception& problem) {
            return base::unavailable("the conductor at " + endpoint_ + " cannot be reached: " + problem.what() +
                                     "; is isolde-conductor running? Set --endpoint or ISOLDE_ENDPOINT");
        }
    }

  private:
    static Result<Json> judged(int status, const std::string& text) {
        if (status >= 400) {
            return base::Error(kind_of(status), error_text(text));
        }
        if (text.empty()) {
            return Json(nullptr);
        }
        return base::parse_json(text, {.size = base::mebibytes(64)});
    }

    std::string endpoint_;
    web::http::client::http_client client_;
};

}  // namespace

std::string error_text(const std::string& body) {
    const auto outer = base::parse_json(body);
    if (!outer.ok() || !outer->is_object()) {
        return body.empty() ? "the conductor gave no reason" : body.substr(0, 500);
    }
    if (outer->contains("error") && (*outer)["error"].is_object()) {
        return (*outer)["error"].value("message", body);
    }
    const std::string inner_text = outer->value("error_message", "");
    const auto inner = base::parse_json(inner_text);
    if (!inner.ok() || !inner->is_object()) {
        return inner_text.empty() ? body.substr(0, 500) : inner_text;
    }
    return inner->contains("faultstring") ? inner->value("faultstring", "") : inner->value("description", inner_text);
}

Result<std::unique_ptr<RestClient>> make_rest_client(const RestOptions& options) {
    const std::string endpoint = trimmed_endpoint(options.endpoint);
    try {
        web::http::client::http_client_config config;
        config.set_timeout(std::chrono::seconds(60));
        if (!options.user.empty()) {
            config.set_credentials(web::http::client::credentials(options.user, options.password));
        }
        if (!options.ca_file.empty()) {
            config.set_ssl_context_callback(
                [file = options.ca_file](boost::asio::ssl::context& context) { context.load_verify_file(file); });
        }
        return std::unique_ptr<RestClient>(std::make_unique<CppRestClient>(endpoint, config));
    } catch (const std::exception&) {
        return base::invalid_argument("'" + options.endpoint +
                                      "' is no endpoint; write for example http://127.0.0.1:6385");
    }
}

}  // namespace isolde::cli
