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

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace isolde::conductor {

/// A file to fetch.
struct SourceField {
    std::string url;  ///< http, https or file URL
    std::optional<base::Digest> checksum;
};

enum class InjectTarget { Iso, Initrd, Efi };
enum class InjectKind { File, Directory, Symlink };

struct InjectFile {
    std::string path;
    InjectTarget target = InjectTarget::Iso;
    base::Bytes content;
    std::uint32_t mode = 0644;  ///< of a directory 0755 unless given
    bool secret = false;
    InjectKind kind = InjectKind::File;
    std::string link_target;             ///< of a symbolic link
    std::optional<SourceField> fetched;  ///< where the content is, until it was fetched
};

enum class PresetKind { Preseed, Kickstart, Autoinstall, Ignition, AutoYast, CloudInit, NetworkData };
/// "preseed", "kickstart", "autoinstall", "ignition", "autoyast", "cloud-init", "network-data".
std::string_view to_string(PresetKind kind);

/// An answer file by its kind: the composer knows where the image's installer looks for it.
struct PresetFile {
    PresetKind kind = PresetKind::Preseed;
    base::Bytes content;
    base::Bytes meta_data;  ///< of cloud-init; empty: made
    bool secret = true;
};

enum class ConfigDriveFormat { Iso9660, Vfat };
enum class ConfigDriveDelivery {
    Auto,   ///< a slot of its own where the BMC has one, else merged
    Slot,   ///< a slot of its own
    Merge,  ///< into the boot image
};

/// A config drive by its parts, or packed.
struct ConfigDriveField {
    bool kept_apart = false;  ///< what it holds is not in these fields: Store::with_config_drive gives it
    base::Json meta_data;     ///< an object, or null
    base::Json network_data;  ///< an object, or null
    base::Json vendor_data;   ///< an object, or null
    std::string user_data;
    base::Bytes packed;                  ///< in place of the parts: an image, gzip or not
    std::optional<SourceField> fetched;  ///< where it is, until it was fetched
    ConfigDriveFormat format = ConfigDriveFormat::Iso9660;
    ConfigDriveDelivery delivery = ConfigDriveDelivery::Auto;
};

/// A boot image is made of these.
struct KernelField {
    SourceField kernel;
    SourceField ramdisk;
    std::optional<SourceField> bootloader;  ///< an EFI system partition, in place of the conductor's own loaders
};

/// An image for a slot of its own.
struct MediumField {
    std::string role;    ///< "drivers", "config", "data"
    std::string source;  ///< http, https or file URL
    std::optional<base::Digest> checksum;
};

enum class OneShotRelease { Evidence, Boot };  ///< "boot": all that is needed is in kernel and initrd

struct DeployDefaults {
    std::vector<std::string> kernel_arguments;  ///< what %default% stands for
    bool one_shot = false;
    bool boot_persistent = false;  ///< [deploy] boot_device = "persistent"
    std::string boot_mode;         ///< "", "uefi", "bios"
};

struct DeploymentFields {
    std::string boot_iso;
    std::optional<base::Digest> boot_iso_checksum;
    std::optional<KernelField> kernel;  ///< in place of boot_iso
    std::vector<std::string> append;    ///< ramdisk_kernel_arguments, then kernel_append_params
    std::vector<std::string> remove;
    std::vector<std::string> replace;       ///< KEY=VALUE
    std::vector<std::string> boot_entries;  ///< titles, labels or globs that the three above are for; empty: all
    std::string default_boot_entry;         ///< empty: none is chosen
    std::vector<InjectFile> files;
    std::vector<std::string> delete_files;
    std::vector<PresetFile> presets;
    std::optional<ConfigDriveField> config_drive;
    std::vector<MediumField> media;
    bool one_shot = false;
    OneShotRelease one_shot_release = OneShotRelease::Evidence;
    std::optional<base::Duration> one_shot_idle;
    bool attended = false;
    bool keep_media_check = false;  ///< checksums that the medium brings are kept right, not dropped
    std::string boot_mode;          ///< "", "uefi", "bios"
    bool boot_persistent = false;
    std::string external_http_url;  ///< driver_info: overrides the media address
};

/// How a key of instance_info or driver_info is taken.
enum class FieldUse {
    Read,     ///< steers the deployment
    Ignored,  ///< Ironic's clients set it and nothing here depends on it
    Refused,  ///< asks for what this version does not do: an error unless it is empty
};
struct FieldInfo {
    std::string_view name;
    FieldUse use;
    std::string_view note;  ///< Refused: what to use instead
};
/// The keys of instance_info that are known. Others are tolerated there: Ironic's clients keep notes of their own in
/// it.
std::span<const FieldInfo> instance_info_fields();
/// The keys of driver_info that are read here (the BMC's and the deployment's).
std::span<const FieldInfo> driver_info_fields();

/// For POST …/deployments, whose fields are all ours. Errors: InvalidArgument naming the first field that is not Read
/// or Refused in instance_info_fields(); Unsupported as read_deployment_fields.
base::Result<void> check_request_fields(const base::Json& fields);

// Limits of what a deployment carries inline.
inline constexpr std::size_t kLargestInjectedFile = std::size_t{1} << 20U;
inline constexpr std::size_t kLargestInjectedTotal = std::size_t{4} << 20U;
inline constexpr std::size_t kMostInjectedFiles = 256;
/// Bytes of kernel arguments with the blanks between them: the kernel cuts its command line at 2048 on x86 and arm64.
inline constexpr std::size_t kLongestArguments = 2048;

/// Reads and checks all of it.
///
/// Arguments are a string, split as the kernel does, or a list with one argument an item. Without kernel_append_params
/// the [deploy] kernel_arguments are appended; with it only where it says `%default%`. A file's mode is octal text
/// ("0640") or a number, which means its value (416 is 0640). A preset is secret unless it says otherwise. A key in
/// instance_info wins over one in driver_info.
///
/// Either boot_iso or kernel and ramdisk; driver_info/bootloader counts where there is a kernel.
///
/// Errors: InvalidArgument ("instance_info/boot_iso is missing: …"), Unsupported by name for image_source,
/// image_props_override, and a source that is no http, https or file URL, with what to use instead; Exhausted for the
/// limits above. No error shows a value that may be secret.
base::Result<DeploymentFields> read_deployment_fields(const base::Json& instance_info, const base::Json& driver_info,
                                                      const DeployDefaults& defaults);

/// Where each known field came from: {"boot_iso": "instance_info", "one_shot": "[deploy]", …}.
base::Json provenance_of(const base::Json& instance_info, const base::Json& driver_info,
                         const DeployDefaults& defaults);

/// Splits a kernel command line as the kernel does: blanks separate, double quotes group and stay.
std::vector<std::string> split_arguments(const std::string& text);

/// The redfish driver's part of driver_info.
struct BmcSettings {
    std::string address;    ///< "https://bmc.example:8443": scheme added when it had none, no trailing slash
    std::string system_id;  ///< "/redfish/v1/Systems/1"; empty: the BMC has one system only
    std::string user;
    std::string password;
    std::string auth_type = "auto";  ///< "auto", "basic", "session" or "none"
    bool verify_tls = true;
    std::string ca_file;  ///< absolute path; empty: the default
};
/// redfish_address, redfish_system_id, redfish_username, redfish_password, redfish_auth_type, redfish_verify_ca (true,
/// false or a path; `verify_default` where it is absent). Errors: InvalidArgument naming the field.
base::Result<BmcSettings> read_bmc_settings(const base::Json& driver_info, bool verify_default = true);

/// Which BMC an address means, whatever its spelling: "bmc.example:443" (lower case, port always present). Empty when
/// the address cannot be read.
std::string bmc_authority(const std::string& address);

/// The host that a node stands for: one of a BMC's systems, in one spelling. `system` is empty where driver_info names
/// none, which means the only one.
struct BmcIdentity {
    std::string authority;
    std::string system;
};
/// Nothing while driver_info holds no readable address. Other members of it are not looked at.
std::optional<BmcIdentity> bmc_identity(const base::Json& driver_info);

}  // namespace isolde::conductor
