// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/engine/steps/boot_files.h"

#include "vmedia/build/boot_image.h"

namespace isolde::conductor {
namespace {

using base::Result;
using vmedia::BootFirmware;

constexpr const char* kKernel = "kernel";
constexpr const char* kRamdisk = "ramdisk";
constexpr const char* kBootloader = "bootloader";

BootPart part_of(const char* name, const SourceField& field) {
    return {name, {.url = field.url, .expected = field.checksum, .any_content = true}};
}

BootFirmware firmware_of(const DeploymentFields& fields) {
    if (fields.boot_mode == "uefi") return BootFirmware::Uefi;
    return fields.boot_mode == "bios" ? BootFirmware::Bios : BootFirmware::Both;
}

/// The Ironic agent and glean take network data from the medium that they were booted from; all else of a config drive
/// is looked for by the drive's own label.
std::string label_of(const DeploymentFields& fields, bool merges_config_drive) {
    const auto& drive = fields.config_drive;
    const bool more = drive && (!drive->packed.empty() || !drive->user_data.empty() || !drive->meta_data.is_null() ||
                                !drive->vendor_data.is_null());
    return merges_config_drive && more ? "config-2" : vmedia::kBootImageLabel;
}

Result<vmedia::FileBlob> blob_of(const char* part, const BootFiles& files, const cache::ImageStore& images) {
    const auto file = files.find(part);
    if (file == files.end()) {
        return base::internal("the " + std::string(part) + " is not in the cache yet");
    }
    return vmedia::FileBlob{TRY(images.open_blob(file->second)), file->second};
}

}  // namespace

std::vector<BootPart> boot_parts(const KernelField& field) {
    std::vector<BootPart> parts{part_of(kKernel, field.kernel), part_of(kRamdisk, field.ramdisk)};
    if (field.bootloader) {
        parts.push_back(part_of(kBootloader, *field.bootloader));
    }
    return parts;
}

Result<base::Bytes> make_boot_base(const DeploymentFields& fields, const BootFiles& files, bool merges_config_drive,
                                   vmedia::LoaderPaths loaders, const cache::ImageStore& images) {
    if (const auto bootloader = files.find(kBootloader); bootloader != files.end()) {
        loaders.efi_image = TRY(images.find(bootloader->second)).path;
    }
    auto read = vmedia::read_loaders(loaders, firmware_of(fields));
    if (!read.ok() && !loaders.efi_image.empty()) {
        return std::move(read).error().with_context("the bootloader");
    }
    return vmedia::build_boot_base(TRY(std::move(read)), label_of(fields, merges_config_drive));
}

/// Label, loaders and the version of what makes a base of them.
Result<cache::Recipe> BootBases::recipe_of(const DeploymentFields& fields, const BootFiles& files,
                                           bool merges_config_drive) {
    const auto bootloader = files.find(kBootloader);
    vmedia::LoaderPaths loaders = loaders_;
    if (bootloader != files.end()) {
        loaders.efi_image = TRY(images_.find(bootloader->second)).path;
    }
    std::string text = std::to_string(vmedia::kBootBaseVersion) + " " + label_of(fields, merges_config_drive);
    for (const std::string& path : vmedia::loader_files(loaders, firmware_of(fields))) {
        text += " " + TRY(digests_.of(path)).hex();
    }
    return cache::Recipe{kBootBaseOrigin, std::move(text)};
}

Result<cache::Blob> BootBases::acquire(const DeploymentFields& fields, const BootFiles& files, bool merges_config_drive,
                                       const cache::Lease& lease) {
    const auto make = [&] { return make_boot_base(fields, files, merges_config_drive, loaders_, images_); };
    const auto recipe = recipe_of(fields, files, merges_config_drive);
    if (!recipe.ok()) {
        TRY(make());  // says what to install
        return recipe.error();
    }
    return images_.make(*recipe, lease, [&]() -> Result<base::Bytes> {
        base::Bytes made = TRY(make());
        if (TRY(recipe_of(fields, files, merges_config_drive)).ingredients != recipe->ingredients) {
            return base::unavailable("a boot loader was replaced while the boot image was made");
        }
        return made;
    });
}

Result<void> add_boot_files(vmedia::InjectionPlan& plan, const DeploymentFields& fields, const BootFiles& files,
                            const cache::ImageStore& images) {
    if (!fields.kernel) {
        return {};
    }
    return vmedia::add_kernel(plan, TRY(blob_of(kKernel, files, images)), TRY(blob_of(kRamdisk, files, images)),
                              firmware_of(fields));
}

}  // namespace isolde::conductor
