// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/cli/build/boot_command.h"

#include "conductor/cli/media/plan_options.h"
#include "vmedia/build/boot_image.h"
#include "vmedia/compose/composer.h"
#include "vmedia/compose/fingerprint.h"

#include <CLI/CLI.hpp>
#include <memory>
#include <ostream>

namespace isolde::cli {
namespace {

using vmedia::BootFirmware;

struct BootOptions {
    std::string kernel;
    std::string ramdisk;
    std::string firmware = "both";
    vmedia::LoaderPaths loaders;
    std::string label = vmedia::kBootImageLabel;
    PlanOptions plan;
    std::string output;
};

BootFirmware firmware_of(const std::string& name) {
    return name == "bios" ? BootFirmware::Bios : name == "uefi" ? BootFirmware::Uefi : BootFirmware::Both;
}

base::Result<vmedia::FileBlob> blob_of(const std::string& path) {
    vmedia::FileBlob blob;
    blob.file = TRY(image::FileSource::open(path));
    blob.digest = TRY(vmedia::fingerprint(*blob.file));
    return blob;
}

base::Result<vmedia::Composition> compose_boot(const BootOptions& options) {
    const BootFirmware firmware = firmware_of(options.firmware);
    if (firmware == BootFirmware::Bios && !options.loaders.efi_image.empty()) {
        return base::invalid_argument(
            "--esp is what UEFI boots by, and --firmware bios leaves it out: give one of them");
    }
    const base::Bytes base =
        TRY(vmedia::build_boot_base(TRY(vmedia::read_loaders(options.loaders, firmware)), options.label));
    vmedia::InjectionPlan plan = TRY(read_plan(options.plan));
    TRY(vmedia::add_kernel(plan, TRY(blob_of(options.kernel)), TRY(blob_of(options.ramdisk)), firmware));
    const auto source = TRY(vmedia::hold_in_memory(base));
    TRY(merge_media(plan, options.plan.merged, *source));
    return vmedia::compose(source, base::sha256(base), plan, {});
}

base::Result<void> run_boot(const MediaContext& context, const BootOptions& options) {
    const vmedia::Composition composed = TRY(compose_boot(options));
    TRY(vmedia::materialize(*composed.image, options.output));
    context.out << (context.json ? base::dump_json(vmedia::render_json(composed.report), 2) + "\n"
                                 : vmedia::render_text(composed.report));
    return {};
}

void add_loader_options(CLI::App& command, vmedia::LoaderPaths& paths) {
    const auto add = [&command](const char* name, std::string& path, const char* help) {
        command.add_option(name, path, help)->type_name("FILE")->capture_default_str()->group("Boot loaders");
    };
    add("--esp", paths.efi_image, "FAT image with EFI boot loaders; without it one is made of shim and GRUB");
    add("--shim", paths.shim, "first loader of UEFI");
    add("--grub", paths.grub, "GRUB for UEFI");
    add("--isolinux", paths.isolinux, "loader of BIOS");
    add("--ldlinux", paths.ldlinux, "its module, of the same version");
    add("--hybrid-mbr", paths.hybrid_mbr, "boot record for BIOS from a USB stick");
}

}  // namespace

void add_boot(CLI::App& build, const MediaContext& context) {
    auto* command = build.add_subcommand("boot", "a boot ISO from a kernel and a ramdisk, for CDs and USB sticks");
    const auto options = std::make_shared<BootOptions>();
    command->add_option("--kernel", options->kernel, "Linux kernel")->required()->type_name("FILE");
    command->add_option("--ramdisk", options->ramdisk, "initial ramdisk")->required()->type_name("FILE");
    command->add_option("--firmware", options->firmware, "what the image is to boot by")
        ->check(CLI::IsMember({"both", "bios", "uefi"}))
        ->capture_default_str();
    command->add_option("--label", options->label, "volume label")->capture_default_str();
    add_loader_options(*command, options->loaders);
    add_edit_options(*command, options->plan.edits);
    add_merge_option(*command, options->plan.merged);
    command->add_option("-o,--output", options->output, "where to write the image")->required()->type_name("FILE");
    command->callback([context, options] { context.result = run_boot(context, *options); });
}

}  // namespace isolde::cli
