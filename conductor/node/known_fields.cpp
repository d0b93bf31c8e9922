// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/node/known_fields.h"

#include <algorithm>
#include <array>

namespace isolde::conductor {
namespace {

using U = FieldUse;

constexpr std::string_view kInsteadOfImage =
    "images are not written to disks here: give a bootable installer or live image as boot_iso";

constexpr std::array kInstanceInfo{
    FieldInfo{"boot_iso", U::Read, {}},
    FieldInfo{"boot_iso_checksum", U::Read, {}},
    FieldInfo{"kernel", U::Read, {}},
    FieldInfo{"kernel_checksum", U::Read, {}},
    FieldInfo{"ramdisk", U::Read, {}},
    FieldInfo{"ramdisk_checksum", U::Read, {}},
    FieldInfo{"bootloader", U::Read, {}},
    FieldInfo{"bootloader_checksum", U::Read, {}},
    FieldInfo{"ramdisk_kernel_arguments", U::Read, {}},
    FieldInfo{"kernel_append_params", U::Read, {}},
    FieldInfo{"kernel_remove_params", U::Read, {}},
    FieldInfo{"kernel_replace_params", U::Read, {}},
    FieldInfo{"boot_entries", U::Read, {}},
    FieldInfo{"default_boot_entry", U::Read, {}},
    FieldInfo{"inject_files", U::Read, {}},
    FieldInfo{"delete_files", U::Read, {}},
    FieldInfo{"presets", U::Read, {}},
    FieldInfo{"media_check", U::Read, {}},
    FieldInfo{"configdrive", U::Read, {}},
    FieldInfo{"configdrive_checksum", U::Read, {}},
    FieldInfo{"configdrive_options", U::Read, {}},
    FieldInfo{"media", U::Read, {}},
    FieldInfo{"one_shot", U::Read, {}},
    FieldInfo{"one_shot_release", U::Read, {}},
    FieldInfo{"one_shot_idle", U::Read, {}},
    FieldInfo{"attended", U::Read, {}},
    FieldInfo{"boot_mode", U::Read, {}},
    FieldInfo{"force_persistent_boot_device", U::Read, {}},

    FieldInfo{"image_source", U::Refused, kInsteadOfImage},
    FieldInfo{"image_props_override", U::Refused, "the content of the image decides what it is"},

    // Scheduling hints and notes of nova, Metal3 and metalsmith; checksums and formats belong to image_source.
    FieldInfo{"capabilities", U::Ignored, {}},
    FieldInfo{"deploy_boot_mode", U::Ignored, {}},
    FieldInfo{"display_name", U::Ignored, {}},
    FieldInfo{"ephemeral_format", U::Ignored, {}},
    FieldInfo{"ephemeral_gb", U::Ignored, {}},
    FieldInfo{"ephemeral_mb", U::Ignored, {}},
    FieldInfo{"hostname", U::Ignored, {}},
    FieldInfo{"image_checksum", U::Ignored, {}},
    FieldInfo{"image_container_format", U::Ignored, {}},
    FieldInfo{"image_disk_format", U::Ignored, {}},
    FieldInfo{"image_os_hash_algo", U::Ignored, {}},
    FieldInfo{"image_os_hash_value", U::Ignored, {}},
    FieldInfo{"image_properties", U::Ignored, {}},
    FieldInfo{"image_tags", U::Ignored, {}},
    FieldInfo{"image_type", U::Ignored, {}},
    FieldInfo{"image_url", U::Ignored, {}},
    FieldInfo{"local_gb", U::Ignored, {}},
    FieldInfo{"memory_mb", U::Ignored, {}},
    FieldInfo{"nova_host_id", U::Ignored, {}},
    FieldInfo{"preserve_ephemeral", U::Ignored, {}},
    FieldInfo{"project_id", U::Ignored, {}},
    FieldInfo{"root_device", U::Ignored, {}},
    FieldInfo{"root_gb", U::Ignored, {}},
    FieldInfo{"swap_mb", U::Ignored, {}},
    FieldInfo{"traits", U::Ignored, {}},
    FieldInfo{"user_id", U::Ignored, {}},
    FieldInfo{"vcpus", U::Ignored, {}},
};

constexpr std::array kDriverInfo{
    FieldInfo{"redfish_address", U::Read, {}},
    FieldInfo{"redfish_system_id", U::Read, {}},
    FieldInfo{"redfish_username", U::Read, {}},
    FieldInfo{"redfish_password", U::Read, {}},
    FieldInfo{"redfish_auth_type", U::Read, {}},
    FieldInfo{"redfish_verify_ca", U::Read, {}},
    FieldInfo{"external_http_url", U::Read, {}},
    FieldInfo{"force_persistent_boot_device", U::Read, {}},
    FieldInfo{"bootloader", U::Read, {}},

    // The deploy agent's: no agent is booted here.
    FieldInfo{"config_via_removable", U::Ignored, {}},
    FieldInfo{"deploy_iso", U::Ignored, {}},
    FieldInfo{"deploy_kernel", U::Ignored, {}},
    FieldInfo{"deploy_ramdisk", U::Ignored, {}},
    FieldInfo{"kernel_append_params", U::Ignored, {}},
};

bool is_empty_text(const base::Json& value) {
    if (!value.is_string()) return false;
    const auto& text = value.get_ref<const std::string&>();
    return text.empty() || text == "null";
}

}  // namespace

std::span<const FieldInfo> instance_info_fields() {
    return kInstanceInfo;
}

std::span<const FieldInfo> driver_info_fields() {
    return kDriverInfo;
}

bool asks_for_nothing(const base::Json& value) {
    return value.is_null() || is_empty_text(value) || (value.is_structured() && value.empty());
}

base::Result<void> refuse_unsupported(const base::Json& fields, const std::string& place) {
    for (const auto& field : kInstanceInfo) {
        const auto member = fields.find(field.name);
        if (field.use == U::Refused && member != fields.end() && !asks_for_nothing(*member)) {
            return base::unsupported(place + std::string(field.name) +
                                     ": not supported by this version: " + std::string(field.note));
        }
    }
    return {};
}

base::Result<void> check_request_fields(const base::Json& fields) {
    if (!fields.is_object()) {
        return base::invalid_argument("the fields of a deployment must be an object, not " +
                                      std::string(fields.type_name()));
    }
    for (const auto& member : fields.items()) {
        const std::string& name = member.key();
        const auto known = std::any_of(kInstanceInfo.begin(), kInstanceInfo.end(), [&](const FieldInfo& field) {
            return field.name == name && field.use != U::Ignored;
        });
        if (!known) {
            return base::invalid_argument("\"" + name.substr(0, 80) + "\" is not a field of a deployment");
        }
    }
    return refuse_unsupported(fields, "");
}

}  // namespace isolde::conductor
