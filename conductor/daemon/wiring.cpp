// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/daemon/wiring.h"

#include "base/files.h"

#include <thread>

namespace isolde::conductor {
namespace {

using base::Result;

Result<std::vector<http::AddressRange>> ranges_of(const std::vector<std::string>& texts, const char* setting) {
    std::vector<http::AddressRange> ranges;
    for (const std::string& text : texts) {
        ranges.push_back(TRY(http::AddressRange::parse(text).with_context(setting)));
    }
    return ranges;
}

Result<cache::ImageStoreOptions::Origin> origin_of(const config::OriginSettings& settings) {
    cache::ImageStoreOptions::Origin origin;
    origin.origin = settings.origin;
    origin.ca_file = settings.ca_file;
    if (!settings.user.empty()) {
        std::string password = TRY(base::read_file(settings.password_file, base::kibibytes(4))
                                       .with_context("fetch.origin.\"" + settings.origin + "\".password_file"));
        while (!password.empty() && (password.back() == '\n' || password.back() == '\r')) {
            password.pop_back();
        }
        origin.credentials = http::BasicCredentials{settings.user, base::Secret(std::move(password))};
    }
    return origin;
}

/// An address that only this machine understands is none to give to a BMC.
bool is_wildcard(const std::string& host) {
    return host == "0.0.0.0" || host == "::";
}

std::string listening_url(const config::HostPort& listen) {
    const std::string host = listen.host.find(':') == std::string::npos ? listen.host : "[" + listen.host + "]";
    return is_wildcard(listen.host) ? "" : "http://" + host + ":" + std::to_string(listen.port);
}

}  // namespace

Result<http::ClientOptions> fetch_client_options(const config::Settings& settings) {
    http::ClientOptions options;
    options.addresses.allow = TRY(ranges_of(settings.fetch.allow_addresses, "fetch.allow_addresses"));
    options.addresses.deny = TRY(ranges_of(settings.fetch.deny_addresses, "fetch.deny_addresses"));
    return options;
}

http::ClientOptions bmc_client_options() {
    http::ClientOptions options;
    options.addresses = http::AddressPolicy::unrestricted();
    return options;
}

Result<cache::ImageStoreOptions> image_store_options(const config::Settings& settings) {
    cache::ImageStoreOptions options;
    options.directory = base::join_path(settings.conductor.state_dir, "images");
    options.budget = settings.images.budget;
    options.min_free = settings.images.min_free;
    options.max_image = settings.images.max_image;
    options.allow_file_roots = settings.images.allow_file_roots;
    options.stall_timeout = settings.fetch.stall_timeout;
    for (const auto& origin : settings.fetch.origins) {
        options.origins.push_back(TRY(origin_of(origin)));
    }
    return options;
}

EngineOptions make_engine_options(const config::Settings& settings) {
    const config::DeploySettings& deploy = settings.deploy;
    EngineOptions options;
    options.conductor_name = settings.conductor.name;
    options.conductor_group = settings.conductor.group;
    options.workers = settings.conductor.workers;
    options.deploy_defaults.kernel_arguments = split_arguments(deploy.kernel_arguments);
    options.deploy_defaults.one_shot = deploy.one_shot;
    options.deploy_defaults.boot_persistent = deploy.boot_device == "persistent";
    options.deploy_defaults.boot_mode = deploy.default_boot_mode;
    const config::LoaderSettings& loaders = settings.loaders;
    options.loaders = {loaders.isolinux, loaders.ldlinux, loaders.hybrid_mbr, loaders.shim, loaders.grub, ""};
    options.active_when = deploy.active_when == "read" ? ActiveWhen::Read : ActiveWhen::PoweredOn;
    options.boot_timeout = deploy.boot_timeout;
    options.power_off = deploy.power_off == "soft"   ? PowerOffPolicy::Soft
                        : deploy.power_off == "hard" ? PowerOffPolicy::Hard
                                                     : PowerOffPolicy::Leave;
    options.one_shot_deadline = deploy.one_shot_deadline;
    options.store_poll = settings.store.poll;
    options.power_sync_interval = settings.power.sync_interval;
    options.bmc_timeout = settings.redfish.request_timeout * 2;
    options.verify_ca_default = settings.redfish.verify_ca;
    options.bmc_ca_file = settings.redfish.ca_file;
    return options;
}

Result<void> set_media_address(EngineOptions& options, const config::Settings& settings, std::uint16_t port) {
    auto listen = TRY(config::parse_host_port(settings.media.listen));
    listen.port = port;
    options.media_port = port;
    options.media_url = settings.media.public_url.empty() ? listening_url(listen) : settings.media.public_url;
    return {};
}

Result<http::ServerOptions> media_server_options(const config::Settings& settings) {
    const auto listen = TRY(config::parse_host_port(settings.media.listen));
    http::ServerOptions options;
    options.address = listen.host;
    options.port = listen.port;
    // A page that is not in memory blocks a loop: more loops than cores keep the others answered.
    options.threads = std::max(2U, std::thread::hardware_concurrency()) * 2;
    return options;
}

Result<http::ServerOptions> api_server_options(const config::Settings& settings) {
    const auto listen = TRY(config::parse_host_port(settings.api.listen));
    http::ServerOptions options;
    options.address = listen.host;
    options.port = listen.port;
    options.threads = 2;
    options.limits.body = settings.api.body_limit;
    options.tls_certificate = settings.api.tls_cert;
    options.tls_key = settings.api.tls_key;
    return options;
}

api::ApiOptions api_options(const config::Settings& settings) {
    api::ApiOptions options;
    options.conductor_name = settings.conductor.name;
    options.public_url = settings.api.public_url;
    options.htpasswd = settings.api.auth == config::Authentication::HttpBasic ? settings.api.htpasswd : "";
    return options;
}

}  // namespace isolde::conductor
