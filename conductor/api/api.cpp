// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/api/api.h"

#include "conductor/api/authentication.h"
#include "conductor/api/reply.h"
#include "conductor/api/routes.h"
#include "conductor/api/version.h"
#include "conductor/engine/worker_pool.h"

#include <utility>

namespace isolde::conductor::api {
namespace {

constexpr std::size_t kQueued = 2048;

bool is_ironic_path(const std::string& path) {
    return path == "/v1" || path.rfind("/v1/", 0) == 0;
}

bool is_isolde_path(const std::string& path) {
    return path.rfind("/isolde/", 0) == 0;
}

/// Ironic's text for a document or verb that the asked version does not have.
bool is_version_refusal(const base::Error& error) {
    return error.kind == base::ErrorKind::Unsupported && error.message == "Request not acceptable.";
}

http::Response refused(const base::Error& error) {
    if (is_version_refusal(error)) {
        return routing_fault_reply(406, error.message);
    }
    return error_reply(error);
}

http::Response not_authorized() {
    http::Response response =
        json_reply(401, {{"error", {{"message", "Authorization required"}, {"code", 401}}}});
    response.headers.add("WWW-Authenticate", "Basic realm=\"Baremetal API\"");
    return response;
}

class RoutedApi final : public Api {
  public:
    RoutedApi(ApiOptions options, ApiCollaborators with, std::unique_ptr<Authentication> authentication)
        : options_(std::move(options)),
          with_(std::move(with)),
          authentication_(std::move(authentication)),
          pool_(options_.threads, kQueued) {
        const RouteContext context{options_, with_};
        for (auto* make : {root_routes, node_routes, node_state_routes, port_routes, history_routes, isolde_routes}) {
            for (Route& route : make(context)) {
                routes_.push_back(std::move(route));
            }
        }
    }

    http::Handler handler() override {
        return [this](const http::Request& request, http::Responder respond) {
            auto responder = std::make_shared<http::Responder>(std::move(respond));
            const bool queued = pool_.submit([this, request, responder] { answer(request, responder); });
            if (!queued) {
                (*responder)(fault_reply(503, "too many requests wait for an answer; try again in a moment"));
            }
        };
    }

    void stop() override { pool_.stop(); }

  private:
    void answer(const http::Request& request, const std::shared_ptr<http::Responder>& responder) {
        const std::string request_id = "req-" + with_.random.uuid();
        auto send = [this, responder, request_id, ironic = is_ironic_path(request.path)](http::Response response,
                                                                                         int minor) {
            if (ironic) {
                add_version_headers(response.headers, minor);
            }
            response.headers.add("Openstack-Request-Id", request_id);
            (*responder)(std::move(response));
        };
        if (authentication_ && !is_public_path(request.path)) {
            if (const auto allowed = authentication_->check(request); !allowed.ok()) {
                const bool malformed = allowed.error().kind == base::ErrorKind::InvalidArgument;
                send(malformed ? fault_reply(400, allowed.error().message) : not_authorized(), 0);
                return;
            }
        }
        const auto minor = is_isolde_path(request.path) ? base::Result<int>(kMaximumMinor) : requested_minor(request.headers);
        if (!minor.ok()) {
            // A value that is no version at all is answered without the range.
            const bool garbage = minor.error().kind == base::ErrorKind::InvalidArgument;
            http::Response response = routing_fault_reply(406, minor.error().message);
            garbage ? (*responder)(std::move(response)) : send(std::move(response), 0);
            return;
        }
        route(request, *minor, send);
    }

    template <typename Send>
    void route(const http::Request& request, int minor, Send send) {
        auto found = match(routes_, request.method == "HEAD" ? "GET" : request.method, request.path, minor);
        if (found.route == nullptr) {
            const int status = found.path_known ? 405 : 404;
            send(routing_fault_reply(status, found.path_known ? request.method + " is not allowed here"
                                                              : "The resource could not be found."),
                 minor);
            return;
        }
        auto call = std::make_shared<Call>();
        call->request = request;
        call->minor = minor;
        call->path = std::move(found.path);
        call->query = parse_query(request.query);
        call->base_url = base_url(request);
        found.route->action(call, [send, minor](base::Result<http::Response> result) {
            send(result.ok() ? std::move(result).value() : refused(result.error()), minor);
        });
    }

    std::string base_url(const http::Request& request) const {
        if (!options_.public_url.empty()) {
            return options_.public_url.back() == '/' ? options_.public_url.substr(0, options_.public_url.size() - 1)
                                                     : options_.public_url;
        }
        return std::string(request.secure ? "https://" : "http://") + (request.host.empty() ? "localhost" : request.host);
    }

    const ApiOptions options_;
    const ApiCollaborators with_;
    std::unique_ptr<Authentication> authentication_;
    std::vector<Route> routes_;
    WorkerPool pool_;
};

}  // namespace

base::Result<std::unique_ptr<Api>> Api::create(ApiOptions options, ApiCollaborators collaborators) {
    std::unique_ptr<Authentication> authentication;
    if (!options.htpasswd.empty()) {
        authentication = TRY(Authentication::load(options.htpasswd, collaborators.random));
    }
    return std::unique_ptr<Api>(
        std::make_unique<RoutedApi>(std::move(options), std::move(collaborators), std::move(authentication)));
}

}  // namespace isolde::conductor::api
