// SPDX-License-Identifier: GPL-3.0-or-later
//
// From settings to the options of each part. Pure but for the password files that [fetch.origin] names.
#pragma once

#include "cache/image_store.h"
#include "conductor/api/api.h"
#include "conductor/engine/steps/options.h"
#include "config/settings.h"
#include "http/client/client.h"
#include "http/server/server.h"

namespace isolde::conductor {

/// Errors of all: InvalidArgument naming the setting.
base::Result<http::ClientOptions> fetch_client_options(const config::Settings& settings);
http::ClientOptions bmc_client_options();
base::Result<cache::ImageStoreOptions> image_store_options(const config::Settings& settings);
/// All but the media address, which set_media_address adds.
EngineOptions make_engine_options(const config::Settings& settings);
/// What BMCs are told: [media] public_url, else the listening address with the port that the media server got.
base::Result<void> set_media_address(EngineOptions& options, const config::Settings& settings, std::uint16_t port);
base::Result<http::ServerOptions> media_server_options(const config::Settings& settings);
base::Result<http::ServerOptions> api_server_options(const config::Settings& settings);
api::ApiOptions api_options(const config::Settings& settings);

}  // namespace isolde::conductor
