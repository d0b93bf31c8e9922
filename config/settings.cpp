// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/settings.h"

#include "base/files.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <map>

// Debian builds the library with exceptions; the header alone does without.
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

namespace isolde::config {
namespace {

using base::Result;

Result<std::string> text_of(const toml::node& value) {
    if (const auto text = value.value_exact<std::string>()) {
        return *text;
    }
    return base::invalid_argument("must be a string");
}

Result<bool> flag_of(const toml::node& value) {
    if (const auto flag = value.value_exact<bool>()) {
        return *flag;
    }
    return base::invalid_argument("must be true or false");
}

Result<std::vector<std::string>> texts_of(const toml::node& value) {
    std::vector<std::string> texts;
    const auto* list = value.as_array();
    if (list == nullptr) {
        return base::invalid_argument("must be a list of strings");
    }
    for (const toml::node& item : *list) {
        texts.push_back(TRY(text_of(item)));
    }
    return texts;
}

Result<std::string> one_of(const toml::node& value, const std::vector<std::string_view>& words) {
    std::string text = TRY(text_of(value));
    if (std::find(words.begin(), words.end(), text) != words.end()) {
        return text;
    }
    std::string known;
    for (const std::string_view word : words) {
        known.append(known.empty() ? "\"" : ", \"").append(word).append("\"");
    }
    return base::invalid_argument("'" + text + "' is not known; use one of: " + known);
}

using Setter = std::function<Result<void>(Settings&, const toml::node&)>;

template <typename T>
Setter text(T Settings::* table, std::string T::* field) {
    return [=](Settings& settings, const toml::node& value) -> Result<void> {
        settings.*table.*field = TRY(text_of(value));
        return {};
    };
}
template <typename T>
Setter texts(T Settings::* table, std::vector<std::string> T::* field) {
    return [=](Settings& settings, const toml::node& value) -> Result<void> {
        settings.*table.*field = TRY(texts_of(value));
        return {};
    };
}
template <typename T>
Setter flag(T Settings::* table, bool T::* field) {
    return [=](Settings& settings, const toml::node& value) -> Result<void> {
        settings.*table.*field = TRY(flag_of(value));
        return {};
    };
}
template <typename T>
Setter size(T Settings::* table, base::ByteCount T::* field) {
    return [=](Settings& settings, const toml::node& value) -> Result<void> {
        settings.*table.*field = TRY(base::parse_byte_count(TRY(text_of(value))));
        return {};
    };
}
template <typename T>
Setter duration(T Settings::* table, base::Duration T::* field) {
    return [=](Settings& settings, const toml::node& value) -> Result<void> {
        settings.*table.*field = TRY(base::parse_duration(TRY(text_of(value))));
        return {};
    };
}
template <typename T>
Setter word(T Settings::* table, std::string T::* field, std::vector<std::string_view> words) {
    return [=](Settings& settings, const toml::node& value) -> Result<void> {
        settings.*table.*field = TRY(one_of(value, words));
        return {};
    };
}

Result<void> set_auth(Settings& settings, const toml::node& value) {
    settings.api.auth =
        TRY(one_of(value, {"none", "http_basic"})) == "none" ? Authentication::None : Authentication::HttpBasic;
    return {};
}

Result<void> set_workers(Settings& settings, const toml::node& value) {
    const auto number = value.value_exact<std::int64_t>();
    if (!number || *number < 1 || *number > 1024) {
        return base::invalid_argument("must be a number from 1 to 1024");
    }
    settings.conductor.workers = static_cast<unsigned>(*number);
    return {};
}

Result<void> set_log_level(Settings& settings, const toml::node& value) {
    settings.log_level = TRY(base::parse_log_level(TRY(text_of(value))));
    return {};
}

Result<void> set_log_format(Settings& settings, const toml::node& value) {
    settings.log_format = TRY(base::parse_log_format(TRY(text_of(value))));
    return {};
}

Result<void> set_key_file(Settings& settings, const toml::node& value) {
    settings.secrets_key_file = TRY(text_of(value));
    return {};
}

const std::map<std::string, Setter, std::less<>>& known_keys() {
    using S = Settings;
    static const std::map<std::string, Setter, std::less<>> kKeys{
        {"conductor.name", text(&S::conductor, &ConductorSettings::name)},
        {"conductor.group", text(&S::conductor, &ConductorSettings::group)},
        {"conductor.state_dir", text(&S::conductor, &ConductorSettings::state_dir)},
        {"conductor.workers", set_workers},
        {"api.listen", text(&S::api, &ApiSettings::listen)},
        {"api.public_url", text(&S::api, &ApiSettings::public_url)},
        {"api.auth", set_auth},
        {"api.htpasswd", text(&S::api, &ApiSettings::htpasswd)},
        {"api.tls_cert", text(&S::api, &ApiSettings::tls_cert)},
        {"api.tls_key", text(&S::api, &ApiSettings::tls_key)},
        {"api.body_limit", size(&S::api, &ApiSettings::body_limit)},
        {"media.listen", text(&S::media, &MediaSettings::listen)},
        {"media.public_url", text(&S::media, &MediaSettings::public_url)},
        {"media.tls_listen", text(&S::media, &MediaSettings::tls_listen)},
        {"media.tls_public_url", text(&S::media, &MediaSettings::tls_public_url)},
        {"media.tls_cert", text(&S::media, &MediaSettings::tls_cert)},
        {"media.tls_key", text(&S::media, &MediaSettings::tls_key)},
        {"media.memory", size(&S::media, &MediaSettings::memory)},
        {"store.url", text(&S::store, &StoreSettings::url)},
        {"store.poll", duration(&S::store, &StoreSettings::poll)},
        {"images.budget", size(&S::images, &ImageSettings::budget)},
        {"images.min_free", size(&S::images, &ImageSettings::min_free)},
        {"images.max_image", size(&S::images, &ImageSettings::max_image)},
        {"images.allow_file_roots", texts(&S::images, &ImageSettings::allow_file_roots)},
        {"fetch.allow_addresses", texts(&S::fetch, &FetchSettings::allow_addresses)},
        {"fetch.deny_addresses", texts(&S::fetch, &FetchSettings::deny_addresses)},
        {"fetch.stall_timeout", duration(&S::fetch, &FetchSettings::stall_timeout)},
        {"deploy.active_when", word(&S::deploy, &DeploySettings::active_when, {"read", "powered-on"})},
        {"deploy.boot_timeout", duration(&S::deploy, &DeploySettings::boot_timeout)},
        {"deploy.boot_device", word(&S::deploy, &DeploySettings::boot_device, {"once", "persistent"})},
        {"deploy.one_shot", flag(&S::deploy, &DeploySettings::one_shot)},
        {"deploy.one_shot_deadline", duration(&S::deploy, &DeploySettings::one_shot_deadline)},
        {"deploy.power_off", word(&S::deploy, &DeploySettings::power_off, {"soft", "hard", "leave"})},
        {"deploy.default_boot_mode", word(&S::deploy, &DeploySettings::default_boot_mode, {"", "uefi", "bios"})},
        {"deploy.kernel_arguments", text(&S::deploy, &DeploySettings::kernel_arguments)},
        {"loaders.isolinux", text(&S::loaders, &LoaderSettings::isolinux)},
        {"loaders.ldlinux", text(&S::loaders, &LoaderSettings::ldlinux)},
        {"loaders.hybrid_mbr", text(&S::loaders, &LoaderSettings::hybrid_mbr)},
        {"loaders.shim", text(&S::loaders, &LoaderSettings::shim)},
        {"loaders.grub", text(&S::loaders, &LoaderSettings::grub)},
        {"power.sync_interval", duration(&S::power, &PowerSettings::sync_interval)},
        {"redfish.request_timeout", duration(&S::redfish, &RedfishSettings::request_timeout)},
        {"redfish.verify_ca", flag(&S::redfish, &RedfishSettings::verify_ca)},
        {"redfish.ca_file", text(&S::redfish, &RedfishSettings::ca_file)},
        {"secrets.key_file", set_key_file},
        {"log.level", set_log_level},
        {"log.format", set_log_format},
    };
    return kKeys;
}

std::string place(const std::string& name, const toml::node& node) {
    return name + ":" + std::to_string(node.source().begin.line) + ": ";
}

Result<void> apply_value(Settings& settings, const std::string& key, const toml::node& value, const std::string& where) {
    const auto setter = known_keys().find(key);
    if (setter == known_keys().end()) {
        return base::invalid_argument(where + key + " is not a setting of isolde-conductor");
    }
    if (auto set = setter->second(settings, value); !set.ok()) {
        return base::invalid_argument(where + key + ": " + set.error().message);
    }
    return {};
}

Result<void> apply_origin(Settings& settings, const std::string& origin, const toml::node& node, const std::string& name) {
    const auto* table = node.as_table();
    if (table == nullptr) {
        return base::invalid_argument(place(name, node) + "fetch.origin.\"" + origin + "\" must be a table");
    }
    OriginSettings entry;
    entry.origin = origin;
    const std::map<std::string_view, std::string*> fields{
        {"user", &entry.user}, {"password_file", &entry.password_file}, {"ca_file", &entry.ca_file}};
    for (const auto& [key, value] : *table) {
        const auto field = fields.find(key.str());
        if (field == fields.end()) {
            return base::invalid_argument(place(name, value) + "fetch.origin.\"" + origin + "\"." + std::string(key.str()) +
                                          " is not a setting of isolde-conductor");
        }
        *field->second = TRY(text_of(value).with_context(place(name, value) + std::string(key.str())));
    }
    settings.fetch.origins.push_back(std::move(entry));
    return {};
}

Result<void> apply_table(Settings& settings, const std::string& table_name, const toml::table& table, const std::string& name) {
    for (const auto& [key, value] : table) {
        if (table_name == "fetch" && key.str() == "origin" && value.is_table()) {
            for (const auto& [origin, entry] : *value.as_table()) {
                TRY(apply_origin(settings, std::string(origin.str()), entry, name));
            }
            continue;
        }
        TRY(apply_value(settings, table_name + "." + std::string(key.str()), value, place(name, value)));
    }
    return {};
}

Result<void> apply_override(Settings& settings, const std::string& text) {
    const auto equals = text.find('=');
    if (equals == std::string::npos) {
        return base::invalid_argument("--set " + text + ": write table.key=value");
    }
    const std::string key = text.substr(0, equals);
    const std::string value = text.substr(equals + 1);
    const std::string where = "--set " + key + "=…: ";
    auto parsed = toml::parse("value = " + value);
    if (parsed && parsed.table()["value"].node() != nullptr) {
        return apply_value(settings, key, *parsed.table()["value"].node(), where);
    }
    return apply_value(settings, key, toml::value<std::string>(value), where);
}

Result<void> check_together(const Settings& settings) {
    const HostPort api = TRY(parse_host_port(settings.api.listen).with_context("api.listen"));
    TRY(parse_host_port(settings.media.listen).with_context("media.listen"));
    const bool loopback = api.host == "127.0.0.1" || api.host == "::1" || api.host == "localhost";
    if (settings.api.auth == Authentication::None && !loopback) {
        return base::invalid_argument("api.listen: " + settings.api.listen +
                                      " is reachable from outside, but api.auth is \"none\"; set api.auth = "
                                      "\"http_basic\" and api.htpasswd, or listen on 127.0.0.1");
    }
    if (settings.api.auth == Authentication::HttpBasic && settings.api.htpasswd.empty()) {
        return base::invalid_argument("api.htpasswd is missing: api.auth = \"http_basic\" needs a file of bcrypt entries");
    }
    if (settings.store.url != "sqlite") {
        return base::invalid_argument("store.url: only \"sqlite\" is supported by this version");
    }
    const MediaSettings& media = settings.media;
    for (const std::string* tls : {&media.tls_listen, &media.tls_public_url, &media.tls_cert, &media.tls_key}) {
        if (!tls->empty()) {
            return base::invalid_argument("media.tls_…: images are not served by https in this version; leave it out");
        }
    }
    if (settings.store.poll < std::chrono::milliseconds(100)) {
        return base::invalid_argument("store.poll must be at least 100ms");
    }
    return {};
}

}  // namespace

Result<HostPort> parse_host_port(std::string_view text) {
    const auto malformed = [&] {
        return base::invalid_argument("not an address: '" + std::string(text) + "'; write 127.0.0.1:6385 or [::1]:6385");
    };
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) {
        return malformed();
    }
    std::string_view host = text.substr(0, colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
    }
    HostPort result{std::string(host), 0};
    const std::string_view port = text.substr(colon + 1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), result.port);
    if (error != std::errc{} || end != port.data() + port.size() || host.empty()) {
        return malformed();
    }
    return result;
}

Result<Settings> parse_settings(std::string_view text, const std::string& name, const std::vector<std::string>& overrides) {
    Settings settings;
    const toml::parse_result parsed = toml::parse(text, name);
    if (!parsed) {
        return base::invalid_argument(name + ":" + std::to_string(parsed.error().source().begin.line) + ": " +
                                      std::string(parsed.error().description()));
    }
    for (const auto& [key, value] : parsed.table()) {
        const auto* table = value.as_table();
        if (table == nullptr) {
            return base::invalid_argument(place(name, value) + std::string(key.str()) + " must be a [table]");
        }
        TRY(apply_table(settings, std::string(key.str()), *table, name));
    }
    for (const std::string& assignment : overrides) {
        TRY(apply_override(settings, assignment));
    }
    TRY(check_together(settings).with_context(name));
    return settings;
}

Result<Settings> load_settings(const std::string& path, const std::vector<std::string>& overrides) {
    if (path.empty()) {
        return parse_settings("", "defaults", overrides);
    }
    return parse_settings(TRY(base::read_file(path, base::mebibytes(1))), path, overrides);
}

}  // namespace isolde::config
