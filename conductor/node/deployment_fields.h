// SPDX-License-Identifier: GPL-3.0-or-later
//
// The fields of a deployment, typed: from instance_info, driver_info and the [deploy] defaults. Pure. Every error names
// the field; a field that is not known, or that this version cannot do, is an error, never dropped.
#pragma once

#include "base/clock.h"
#include "base/digest.h"
#include "base/encoding.h"
#include "base/json.h"
#include "base/result.h"

#include <optional>
#include <string>
#include <vector>

namespace isolde::conductor {

enum class InjectTarget { Iso, Initrd, Efi };

struct InjectFile {
    std::string path;
    InjectTarget target = InjectTarget::Iso;
    base::Bytes content;
    std::uint32_t mode = 0644;
    bool secret = false;
};

enum class OneShotRelease { Evidence, Boot };  ///< "boot": all that is needed is in kernel and initrd

struct DeployDefaults {
    std::vector<std::string> kernel_arguments;  ///< what %default% stands for
    bool one_shot = false;
    bool boot_persistent = false;               ///< [deploy] boot_device = "persistent"
};

struct DeploymentFields {
    std::string boot_iso;
    std::optional<base::Digest> boot_iso_checksum;
    std::vector<std::string> append;   ///< ramdisk_kernel_arguments, then kernel_append_params
    std::vector<std::string> remove;
    std::vector<InjectFile> files;
    bool one_shot = false;
    OneShotRelease one_shot_release = OneShotRelease::Evidence;
    std::optional<base::Duration> one_shot_idle;
    bool attended = false;
    std::string boot_mode;             ///< "", "uefi", "bios"
    bool boot_persistent = false;
    std::string external_http_url;     ///< driver_info: overrides the media address
};

/// Reads and checks all of it. Errors: InvalidArgument ("instance_info/boot_iso is missing: …"), Unsupported by name
/// for image_source, kernel/ramdisk, configdrive, media, boot_iso that is no http(s)/file URL, target "efi" beyond what
/// the composer takes, with what to use instead; limits: 1 MiB a file, 4 MiB a deployment, 256 files.
base::Result<DeploymentFields> read_deployment_fields(const base::Json& instance_info, const base::Json& driver_info,
                                                      const DeployDefaults& defaults);

/// Where each known field came from: {"boot_iso": "instance_info", "one_shot": "[deploy]", …}.
base::Json provenance_of(const base::Json& instance_info, const base::Json& driver_info, const DeployDefaults& defaults);

/// Splits a kernel command line as the kernel does: blanks separate, double quotes group and stay.
std::vector<std::string> split_arguments(const std::string& text);

/// The redfish driver's part of driver_info.
struct BmcSettings {
    std::string address;  ///< redfish_address, scheme added (https) when it has none
    std::string system_id;
    std::string user;
    std::string password;
    std::string auth_type = "auto";
    bool verify_tls = true;
    std::string ca_file;
};
/// redfish_address, redfish_system_id, redfish_username, redfish_password, redfish_auth_type, redfish_verify_ca.
/// Errors: InvalidArgument naming the field.
base::Result<BmcSettings> read_bmc_settings(const base::Json& driver_info);

}  // namespace isolde::conductor
