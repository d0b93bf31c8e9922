// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/cli/media/plan_options.h"

#include "base/files.h"
#include "conductor/cli/media/injected_files.h"

#include <CLI/CLI.hpp>

namespace isolde::cli {
namespace {

using vmedia::FileTarget;
using vmedia::PresetKind;

/// An answer file of this machine by the kind of its installer.
struct PresetOption {
    PresetKind kind;
    const char* name;
    const char* help;
};
constexpr std::array<PresetOption, kPresetKinds> kPresetOptions{{
    {PresetKind::Preseed, "--preseed", "answers for the Debian installer"},
    {PresetKind::Kickstart, "--kickstart", "answers for Anaconda (Fedora, RHEL)"},
    {PresetKind::Autoinstall, "--autoinstall", "answers for Ubuntu's subiquity, bare or as cloud-config"},
    {PresetKind::Ignition, "--ignition", "Ignition configuration for a CoreOS image"},
    {PresetKind::AutoYast, "--autoyast", "AutoYaST profile for a SUSE installer"},
    {PresetKind::CloudInit, "--cloud-init", "cloud-init user data for a live system"},
    {PresetKind::NetworkData, "--network-data", "OpenStack network_data.json"},
}};

base::Result<base::Bytes> read_answer(const std::string& path) {
    return base::to_bytes(TRY(base::read_file(path, base::mebibytes(16))));
}

base::Result<void> read_presets(vmedia::InjectionPlan& plan, const PlanOptions& options) {
    if (!options.meta_data.empty() && options.presets[static_cast<std::size_t>(PresetKind::CloudInit)].empty()) {
        return base::invalid_argument("--meta-data belongs to --cloud-init");
    }
    for (const PresetOption& option : kPresetOptions) {
        const std::string& path = options.presets[static_cast<std::size_t>(option.kind)];
        if (path.empty()) {
            continue;
        }
        vmedia::Preset preset;
        preset.kind = option.kind;
        preset.content = TRY(read_answer(path));
        if (option.kind == PresetKind::CloudInit && !options.meta_data.empty()) {
            preset.meta_data = TRY(read_answer(options.meta_data));
        }
        plan.presets.push_back(std::move(preset));
    }
    return {};
}

}  // namespace

base::Result<vmedia::InjectionPlan> read_plan(const PlanOptions& options) {
    vmedia::InjectionPlan plan;
    plan.append = options.append;
    plan.remove = options.remove;
    plan.replace = options.replace;
    plan.entries = options.entries;
    plan.default_entry = options.default_entry;
    plan.unattended = !options.attended;
    plan.remove_files = options.deletions;
    for (const std::string& option : options.directories) {
        plan.files.push_back(new_directory(option));
    }
    for (const std::string& option : options.links) {
        plan.files.push_back(TRY(new_link(option)));
    }
    TRY(read_files(plan, options.files, FileTarget::Iso));
    TRY(read_files(plan, options.initrd_files, FileTarget::Initrd));
    TRY(read_files(plan, options.efi_files, FileTarget::Efi));
    TRY(read_presets(plan, options));
    return plan;
}

void add_plan_options(CLI::App& command, PlanOptions& options) {
    command.add_option("base", options.base, "the boot ISO to compose from")->required()->type_name("BASE.iso");
    command.add_option("--append", options.append, "kernel argument to append to every boot entry")
        ->type_name("ARG")
        ->allow_extra_args(false);
    command.add_option("--remove", options.remove, "kernel argument, or key of one, to take away")
        ->type_name("KEY")
        ->allow_extra_args(false);
    command.add_option("--replace", options.replace, "kernel argument whose value is to be this one")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
    command.add_option("--entry", options.entries, "change the arguments of this boot entry only; also a glob")
        ->type_name("TITLE|LABEL")
        ->allow_extra_args(false);
    command.add_option("--default", options.default_entry, "boot entry to start")->type_name("TITLE|LABEL");
    command.add_option("--file", options.files, "file, or directory with all in it, to put into the ISO")
        ->type_name("SRC=/path")
        ->allow_extra_args(false);
    command.add_option("--mkdir", options.directories, "directory to make in the ISO")
        ->type_name("/path")
        ->allow_extra_args(false);
    command.add_option("--symlink", options.links, "symbolic link to make in the ISO")
        ->type_name("TARGET=/path")
        ->allow_extra_args(false);
    command.add_option("--delete", options.deletions, "file, or directory with all in it, to take out of the ISO")
        ->type_name("/path")
        ->allow_extra_args(false);
    command.add_option("--initrd-file", options.initrd_files, "file to put into every initrd")
        ->type_name("SRC=/path")
        ->allow_extra_args(false);
    command.add_option("--efi-file", options.efi_files, "file to put into the EFI partition")
        ->type_name("SRC=/path")
        ->allow_extra_args(false);
    for (const PresetOption& option : kPresetOptions) {
        command.add_option(option.name, options.presets[static_cast<std::size_t>(option.kind)], option.help)
            ->type_name("FILE");
    }
    command.add_option("--meta-data", options.meta_data, "cloud-init meta data, with --cloud-init")->type_name("FILE");
    command.add_option("--key", options.key, "file with the key of the plan's digest")->type_name("FILE");
    command.add_option("--base-digest", options.base_digest,
                       "the base's sha256:…; without it a fingerprint of the base is used");
    command.add_flag("--attended", options.attended, "leave menu timeouts and defaults as they are");
}

}  // namespace isolde::cli
