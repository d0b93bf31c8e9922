// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/node/deployment_fields.h"
#include "conductor/node/known_fields.h"

namespace isolde::conductor {
namespace {

using base::Json;

constexpr const char* kFromSettings = "[deploy]";

bool is_given(const Json& info, std::string_view name) {
    return info.is_object() && info.contains(name) && !info.find(name)->is_null();
}

}  // namespace

Json provenance_of(const Json& instance_info, const Json& driver_info, const DeployDefaults& defaults) {
    Json provenance = {{"one_shot", kFromSettings}, {"force_persistent_boot_device", kFromSettings}};
    if (!defaults.kernel_arguments.empty()) provenance["kernel_append_params"] = kFromSettings;
    if (!defaults.boot_mode.empty()) provenance["boot_mode"] = kFromSettings;
    for (const char* name : {"external_http_url", "force_persistent_boot_device"}) {
        if (is_given(driver_info, name)) provenance[name] = "driver_info";
    }
    if (is_given(instance_info, "kernel") && is_given(driver_info, "bootloader")) {
        provenance["bootloader"] = "driver_info";
    }
    for (const auto& field : instance_info_fields()) {
        if (field.use == FieldUse::Read && is_given(instance_info, field.name)) {
            provenance[std::string(field.name)] = "instance_info";
        }
    }
    return provenance;
}

}  // namespace isolde::conductor
