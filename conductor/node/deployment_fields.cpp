// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/node/deployment_fields.h"

#include "conductor/node/arguments.h"
#include "conductor/node/injected_files.h"
#include "conductor/node/known_fields.h"
#include "conductor/node/names.h"

#include <algorithm>
#include <chrono>

namespace isolde::conductor {
namespace {

using base::Json;
using base::JsonReader;
using base::Result;
using Words = std::vector<std::string>;

constexpr std::string_view kInstanceInfo = "instance_info";
constexpr std::string_view kDriverInfo = "driver_info";
constexpr std::size_t kLongestUrl = 4096;

std::string lower_case(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return text;
}

Json member_or_null(const Json& object, const char* name) {
    const auto member = object.find(name);
    return member == object.end() ? Json(nullptr) : *member;
}

/// The scheme of a URL in lower case, empty when it has none.
std::string scheme_of(const std::string& url) {
    const auto end = url.find("://");
    return end == std::string::npos ? "" : lower_case(url.substr(0, end));
}

bool is_http(const std::string& url) {
    const std::string scheme = scheme_of(url);
    return scheme == "http" || scheme == "https";
}

/// Errors do not show the URL: it may hold user-info.
Result<void> check_url_text(const std::string& url, const std::string& field) {
    const auto is_bad = [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; };
    if (std::any_of(url.begin(), url.end(), is_bad)) {
        return base::invalid_argument(field + " has a blank or a control character: write it as %20");
    }
    if (url.size() > kLongestUrl) {
        return base::invalid_argument(field + " is longer than 4096 bytes");
    }
    if (const auto host = url.find("://"); host != std::string::npos && url.size() == host + 3) {
        return base::invalid_argument(field + " names nothing behind its scheme");
    }
    return {};
}

Result<std::string> read_boot_iso(const JsonReader& info) {
    const std::string field = info.pointer() + "/boot_iso";
    const auto url = TRY(info.optional_string("boot_iso"));
    if (!url || url->empty()) {
        return base::invalid_argument(field + " is missing: give the URL of a bootable ISO (http, https or file)");
    }
    TRY(check_url_text(*url, field));
    const std::string scheme = scheme_of(*url);
    if (scheme != "http" && scheme != "https" && scheme != "file") {
        return base::unsupported(field + " must be an http, https or file URL" +
                                 (scheme.empty() ? ": image services and image ids are not supported"
                                                 : ", not " + scheme.substr(0, 20) + "://"));
    }
    return *url;
}

Result<std::optional<base::Digest>> read_checksum(const JsonReader& info) {
    const auto text = TRY(info.optional_string("boot_iso_checksum"));
    if (!text || text->empty()) return std::optional<base::Digest>();
    return std::optional(TRY(base::Digest::parse(*text).with_context(info.pointer() + "/boot_iso_checksum")));
}

/// ramdisk_kernel_arguments, then kernel_append_params or, without it, the configured defaults.
Result<Words> read_append(const JsonReader& info, const Words& defaults) {
    const std::string first = info.pointer() + "/ramdisk_kernel_arguments";
    const std::string second = info.pointer() + "/kernel_append_params";
    Words words = TRY(read_arguments(member_or_null(info.json(), "ramdisk_kernel_arguments"), first));
    words = TRY(expand_defaults(std::move(words), defaults, first));
    Words more = defaults;
    if (info.has("kernel_append_params")) {
        more = TRY(read_arguments(info.json().at("kernel_append_params"), second));
        more = TRY(expand_defaults(std::move(more), defaults, second));
    }
    words.insert(words.end(), more.begin(), more.end());
    std::size_t length = 0;
    for (const auto& word : words) length += word.size() + 1;
    if (length > kLongestArguments) {
        return base::exhausted(second + ": the arguments take " + std::to_string(length) +
                               " bytes; the kernel cuts its command line at 2048");
    }
    return words;
}

Result<OneShotRelease> read_release(const JsonReader& info) {
    constexpr std::array kReleases{Name{OneShotRelease::Evidence, "evidence"}, Name{OneShotRelease::Boot, "boot"}};
    const auto text = TRY(info.optional_string("one_shot_release"));
    if (!text) return OneShotRelease::Evidence;
    return value_of(kReleases, *text, R"(a release rule: write "evidence" or "boot")")
        .with_context(info.pointer() + "/one_shot_release");
}

/// "10min", or a number of seconds.
Result<std::optional<base::Duration>> read_idle(const JsonReader& info) {
    if (!info.has("one_shot_idle")) return std::optional<base::Duration>();
    const std::string field = info.pointer() + "/one_shot_idle";
    base::Duration idle{};
    if (info.json().at("one_shot_idle").is_number()) {
        idle = TRY(base::parse_duration(std::to_string(TRY(info.integer("one_shot_idle"))) + "s").with_context(field));
    } else {
        idle = TRY(base::parse_duration(TRY(info.string("one_shot_idle"))).with_context(field));
    }
    if (idle < std::chrono::seconds(1)) {
        return base::invalid_argument(field + " must be at least 1s");
    }
    return std::optional(idle);
}

Result<std::string> read_boot_mode(const JsonReader& info) {
    const std::string mode = lower_case(TRY(info.optional_string("boot_mode")).value_or(""));
    if (!mode.empty() && mode != "uefi" && mode != "bios") {
        return base::invalid_argument(info.pointer() + R"(/boot_mode must be "uefi" or "bios")");
    }
    return mode;
}

/// Always, Never or Default in any case; true and false as older clients send them.
Result<std::optional<bool>> read_persistence(const JsonReader& info) {
    constexpr const char* kName = "force_persistent_boot_device";
    if (!info.has(kName)) return std::optional<bool>();
    const Json& value = info.json().at(kName);
    const std::string word = value.is_string() ? lower_case(value.get<std::string>()) : "";
    if (word == "default") return std::optional<bool>();
    if (word == "always") return std::optional(true);
    if (word == "never") return std::optional(false);
    auto boolean = info.optional_boolean(kName);
    if (!boolean.ok()) {
        return base::invalid_argument(info.pointer() + "/" + kName + " must be Default, Always or Never");
    }
    return boolean;
}

Result<bool> read_boot_persistent(const JsonReader& instance, const JsonReader& driver, bool fallback) {
    const auto of_driver = TRY(read_persistence(driver));
    const auto of_instance = TRY(read_persistence(instance));
    const bool said_here = instance.has("force_persistent_boot_device");
    return (said_here ? of_instance : of_driver).value_or(fallback);
}

Result<std::string> read_external_url(const JsonReader& driver) {
    const std::string field = driver.pointer() + "/external_http_url";
    std::string url = TRY(driver.optional_string("external_http_url")).value_or("");
    if (url.empty()) return url;
    TRY(check_url_text(url, field));
    if (!is_http(url)) {
        return base::invalid_argument(field + " must be an http or https URL, such as http://192.0.2.1:6180");
    }
    while (url.back() == '/') url.pop_back();
    return url;
}

Result<void> check_objects(const Json& instance_info, const Json& driver_info) {
    for (const auto& [value, name] : {std::pair(&instance_info, kInstanceInfo), std::pair(&driver_info, kDriverInfo)}) {
        if (!value->is_object()) {
            return base::invalid_argument(std::string(name) + " must be an object, not " + value->type_name());
        }
    }
    return {};
}

}  // namespace

Result<DeploymentFields> read_deployment_fields(const Json& instance_info, const Json& driver_info,
                                                const DeployDefaults& defaults) {
    TRY(check_objects(instance_info, driver_info));
    TRY(refuse_unsupported(instance_info, std::string(kInstanceInfo) + "/"));
    const JsonReader instance(instance_info, std::string(kInstanceInfo));
    const JsonReader driver(driver_info, std::string(kDriverInfo));
    DeploymentFields fields;
    fields.boot_iso = TRY(read_boot_iso(instance));
    fields.boot_iso_checksum = TRY(read_checksum(instance));
    fields.append = TRY(read_append(instance, defaults.kernel_arguments));
    fields.remove = TRY(read_arguments(member_or_null(instance_info, "kernel_remove_params"),
                                       instance.pointer() + "/kernel_remove_params"));
    fields.files =
        TRY(read_inject_files(member_or_null(instance_info, "inject_files"), instance.pointer() + "/inject_files"));
    fields.one_shot = TRY(instance.optional_boolean("one_shot")).value_or(defaults.one_shot);
    fields.one_shot_release = TRY(read_release(instance));
    fields.one_shot_idle = TRY(read_idle(instance));
    fields.attended = TRY(instance.optional_boolean("attended")).value_or(false);
    const std::string boot_mode = TRY(read_boot_mode(instance));
    fields.boot_mode = boot_mode.empty() ? defaults.boot_mode : boot_mode;
    fields.boot_persistent = TRY(read_boot_persistent(instance, driver, defaults.boot_persistent));
    fields.external_http_url = TRY(read_external_url(driver));
    return fields;
}

}  // namespace isolde::conductor
