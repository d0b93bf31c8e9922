// SPDX-License-Identifier: GPL-3.0-or-later
//
// The conductor's settings: from a TOML file and --set table.key=value. Every error names file, line and key; unknown
// keys are errors. The sample file config/isolde-conductor.toml shows every key with its default.
#pragma once

#include "base/byte_count.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"

#include <string>
#include <vector>

namespace isolde::config {

struct ConductorSettings {
    std::string name = "localhost";
    std::string group;
    std::string state_dir = "/var/lib/isolde";
    unsigned workers = 64;
};

enum class Authentication { None, HttpBasic };

struct ApiSettings {
    std::string listen = "127.0.0.1:6385";
    std::string public_url;
    Authentication auth = Authentication::None;
    std::string htpasswd;
    std::string tls_cert;
    std::string tls_key;
    base::ByteCount body_limit = base::mebibytes(8);
};

struct MediaSettings {
    std::string listen = "0.0.0.0:6180";
    std::string public_url;
    std::string tls_listen;
    std::string tls_public_url;
    std::string tls_cert;
    std::string tls_key;
    base::ByteCount memory = base::mebibytes(256);
};

struct StoreSettings {
    std::string url = "sqlite";
    base::Duration poll = std::chrono::seconds(5);
};

struct ImageSettings {
    base::ByteCount budget = base::gibibytes(20);
    base::ByteCount min_free = base::gibibytes(1);
    base::ByteCount max_image = base::gibibytes(16);
    std::vector<std::string> allow_file_roots;
};

/// [fetch.origin."https://images.example"]
struct OriginSettings {
    std::string origin;
    std::string user;
    std::string password_file;
    std::string ca_file;
};

struct FetchSettings {
    std::vector<std::string> allow_addresses;
    std::vector<std::string> deny_addresses;
    base::Duration stall_timeout = std::chrono::seconds(30);
    std::vector<OriginSettings> origins;
};

struct DeploySettings {
    std::string active_when = "read";
    base::Duration boot_timeout = std::chrono::minutes(15);
    std::string boot_device = "once";
    bool one_shot = false;
    base::Duration one_shot_deadline = std::chrono::hours(24);
    std::string power_off = "hard";
    std::string default_boot_mode;
    std::string kernel_arguments;
};

/// Boot loaders of images that are made from a kernel and a ramdisk.
struct LoaderSettings {
    std::string isolinux = "/usr/lib/ISOLINUX/isolinux.bin";
    std::string ldlinux = "/usr/lib/syslinux/modules/bios/ldlinux.c32";
    std::string hybrid_mbr = "/usr/lib/ISOLINUX/isohdpfx.bin";
    std::string shim = "/usr/lib/shim/shimx64.efi.signed";
    std::string grub = "/usr/lib/grub/x86_64-efi-signed/gcdx64.efi.signed";
};

struct PowerSettings {
    base::Duration sync_interval = std::chrono::seconds(60);
};

struct RedfishSettings {
    base::Duration request_timeout = std::chrono::seconds(60);
    bool verify_ca = true;
    std::string ca_file;
};

struct Settings {
    ConductorSettings conductor;
    ApiSettings api;
    MediaSettings media;
    StoreSettings store;
    ImageSettings images;
    FetchSettings fetch;
    DeploySettings deploy;
    LoaderSettings loaders;
    PowerSettings power;
    RedfishSettings redfish;
    std::string secrets_key_file;  ///< [secrets] key_file; empty: state_dir/secret.key
    base::LogLevel log_level = base::LogLevel::Info;
    base::LogFormat log_format = base::LogFormat::Text;
};

/// `path` empty: the defaults alone. `overrides`: "table.key=value", the value as in TOML, or bare text for strings.
/// Errors: NotFound (file), InvalidArgument: "isolde.toml:12: images.budget: not a size: '20 apples'; …".
base::Result<Settings> load_settings(const std::string& path, const std::vector<std::string>& overrides);
/// The same from text; `name` stands for the file in errors.
base::Result<Settings> parse_settings(std::string_view text, const std::string& name,
                                      const std::vector<std::string>& overrides);

/// "127.0.0.1:6385", "[::1]:6385".
struct HostPort {
    std::string host;
    std::uint16_t port = 0;
};
/// Errors: InvalidArgument.
base::Result<HostPort> parse_host_port(std::string_view text);

}  // namespace isolde::config
