// SPDX-License-Identifier: GPL-3.0-or-later
//
// The routes by subject; each file of this folder named *_routes.cpp adds its own.
#pragma once

#include "conductor/api/api.h"
#include "conductor/api/router.h"

namespace isolde::conductor::api {

struct RouteContext {
    const ApiOptions& options;
    const ApiCollaborators& with;
};

std::vector<Route> root_routes(const RouteContext& context);       ///< /, /v1, drivers, conductors, health, metrics
std::vector<Route> node_routes(const RouteContext& context);       ///< create, list, show, patch, delete
std::vector<Route> node_state_routes(const RouteContext& context); ///< provision, power, maintenance, boot device, validate
std::vector<Route> port_routes(const RouteContext& context);
std::vector<Route> history_routes(const RouteContext& context);
std::vector<Route> isolde_routes(const RouteContext& context);     ///< /isolde/v1

}  // namespace isolde::conductor::api
