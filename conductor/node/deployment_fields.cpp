// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/node/deployment_fields.h"

#include "conductor/node/config_drive_field.h"
#include "conductor/node/edit_fields.h"
#include "conductor/node/injected_files.h"
#include "conductor/node/kernel_fields.h"
#include "conductor/node/known_fields.h"
#include "conductor/node/media_field.h"
#include "conductor/node/names.h"
#include "conductor/node/presets.h"
#include "conductor/node/source_url.h"

#include <algorithm>
#include <chrono>

namespace isolde::conductor {
namespace {

using base::Json;
using base::JsonReader;
using base::Result;

constexpr std::string_view kInstanceInfo = "instance_info";
constexpr std::string_view kDriverInfo = "driver_info";

std::string lower_case(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return text;
}

Json member_or_null(const Json& object, const char* name) {
    const auto member = object.find(name);
    return member == object.end() ? Json(nullptr) : *member;
}

/// From an ISO, or from a kernel and a ramdisk.
Result<void> read_boot_source(const JsonReader& info, const JsonReader& driver, DeploymentFields& fields) {
    const auto iso = TRY(read_source(info, "boot_iso"));
    fields.kernel = TRY(read_kernel(info, driver));
    if (iso && fields.kernel) {
        return base::invalid_argument(info.pointer() + " has boot_iso, and kernel and ramdisk: give one of the two");
    }
    if (!iso && !fields.kernel) {
        return base::invalid_argument(info.pointer() +
                                      "/boot_iso is missing: give the URL of a bootable ISO (http, https or file), or "
                                      "kernel and ramdisk");
    }
    if (iso) {
        fields.boot_iso = iso->url;
        fields.boot_iso_checksum = iso->checksum;
    }
    return {};
}

Result<OneShotRelease> read_release(const JsonReader& info) {
    constexpr std::array kReleases{Name{OneShotRelease::Evidence, "evidence"}, Name{OneShotRelease::Boot, "boot"}};
    const auto text = TRY(info.optional_string("one_shot_release"));
    if (!text) return OneShotRelease::Evidence;
    return value_of(kReleases, *text, R"(a release rule: write "evidence" or "boot")")
        .with_context(info.pointer() + "/one_shot_release");
}

Result<bool> read_keep_media_check(const JsonReader& info) {
    constexpr std::array kWishes{Name{false, "drop"}, Name{true, "keep"}};
    const auto text = TRY(info.optional_string("media_check"));
    if (!text) return false;
    return value_of(kWishes, *text, R"(what becomes of the medium's checksums: write "drop" or "keep")")
        .with_context(info.pointer() + "/media_check");
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

Result<void> read_edits(const JsonReader& info, const DeployDefaults& defaults, DeploymentFields& fields) {
    fields.append = TRY(read_append(info, defaults.kernel_arguments));
    fields.remove = TRY(read_remove(info));
    fields.replace = TRY(read_replace(info));
    fields.boot_entries = TRY(read_boot_entries(info));
    fields.default_boot_entry = TRY(read_default_entry(info));
    fields.delete_files = TRY(read_delete_files(info));
    fields.keep_media_check = TRY(read_keep_media_check(info));
    return {};
}

/// What is given inline, each within its own limits and all of it within that of a deployment.
Result<void> read_files(const JsonReader& info, DeploymentFields& fields) {
    fields.files =
        TRY(read_inject_files(member_or_null(info.json(), "inject_files"), info.pointer() + "/inject_files"));
    fields.presets = TRY(read_presets(member_or_null(info.json(), "presets"), info.pointer() + "/presets"));
    std::size_t total = 0;
    for (const auto& file : fields.files) total += file.content.size();
    for (const auto& preset : fields.presets) total += preset.content.size() + preset.meta_data.size();
    if (total > kLargestInjectedTotal) {
        return base::exhausted(info.pointer() +
                               ": inject_files and presets together are larger than the limit of 4 MiB a deployment");
    }
    return {};
}

Result<void> check_second_media(const DeploymentFields& fields, const std::string& place) {
    const bool config_medium = std::any_of(fields.media.begin(), fields.media.end(),
                                           [](const auto& medium) { return medium.role == "config"; });
    if (fields.config_drive && config_medium) {
        return base::invalid_argument(place + "/media has a config medium, and there is a configdrive already");
    }
    // They are read long after kernel and initrd.
    const bool any = fields.config_drive || !fields.media.empty();
    if (any && fields.one_shot && fields.one_shot_release == OneShotRelease::Boot) {
        return base::invalid_argument(
            place + R"(/one_shot_release "boot" says that kernel and initrd hold all that is needed, )"
                    R"(and there is configdrive or media: leave it at "evidence")");
    }
    return {};
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
    TRY(read_boot_source(instance, driver, fields));
    TRY(read_edits(instance, defaults, fields));
    TRY(read_files(instance, fields));
    fields.one_shot = TRY(instance.optional_boolean("one_shot")).value_or(defaults.one_shot);
    fields.one_shot_release = TRY(read_release(instance));
    fields.one_shot_idle = TRY(read_idle(instance));
    fields.config_drive = TRY(read_config_drive(instance));
    fields.media = TRY(read_media(instance));
    TRY(check_second_media(fields, instance.pointer()));
    fields.attended = TRY(instance.optional_boolean("attended")).value_or(false);
    const std::string boot_mode = TRY(read_boot_mode(instance));
    fields.boot_mode = boot_mode.empty() ? defaults.boot_mode : boot_mode;
    fields.boot_persistent = TRY(read_boot_persistent(instance, driver, defaults.boot_persistent));
    fields.external_http_url = TRY(read_external_url(driver));
    return fields;
}

}  // namespace isolde::conductor
