// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/cli/edits/edit_options.h"

#include "base/files.h"

#include <CLI/CLI.hpp>
#include <iterator>

namespace isolde::cli {
namespace {

constexpr std::string_view kTakesMetaData = "cloud-init";

struct PresetOption {
    const char* name;  ///< "--" and the kind
    const char* help;
};
constexpr std::array kPresetOptions{
    PresetOption{"--preseed", "answers for the Debian installer"},
    PresetOption{"--kickstart", "answers for Anaconda (Fedora, RHEL)"},
    PresetOption{"--autoinstall", "answers for Ubuntu's subiquity, bare or as cloud-config"},
    PresetOption{"--ignition", "Ignition configuration for a CoreOS image"},
    PresetOption{"--autoyast", "AutoYaST profile for a SUSE installer"},
    PresetOption{"--cloud-init", "cloud-init user data for a live system"},
    PresetOption{"--network-data", "OpenStack network_data.json"},
};
static_assert(kPresetOptions.size() == kPresetCount);

std::string_view kind_of(const PresetOption& option) {
    return std::string_view(option.name).substr(2);
}

void add_list(CLI::App& command, const char* name, std::vector<std::string>& values, const char* form,
              const char* help) {
    command.add_option(name, values, help)->type_name(form)->allow_extra_args(false);
}

void add_presets(CLI::App& command, EditOptions& options) {
    for (std::size_t i = 0; i < kPresetCount; ++i) {
        command.add_option(kPresetOptions[i].name, options.presets[i], kPresetOptions[i].help)->type_name("FILE");
    }
    command.add_option("--meta-data", options.meta_data, "cloud-init meta data, with --cloud-init")->type_name("FILE");
}

base::Result<base::Bytes> read_answer(const std::string& path, base::ByteCount limit) {
    return base::to_bytes(TRY(base::read_file(path, limit)));
}

}  // namespace

void add_edit_options(CLI::App& command, EditOptions& options) {
    add_list(command, "--append", options.append, "ARG", "kernel argument to append to every boot entry");
    add_list(command, "--remove", options.remove, "KEY", "kernel argument, or key of one, to take away");
    add_list(command, "--replace", options.replace, "KEY=VALUE", "kernel argument whose value is to be this one");
    add_list(command, "--entry", options.entries, "TITLE|LABEL",
             "change the arguments of this boot entry only; also a glob");
    command.add_option("--default", options.default_entry, "boot entry to start")->type_name("TITLE|LABEL");
    add_list(command, "--file", options.files, "SRC=/path", "file, or directory with all in it, to put into the ISO");
    add_list(command, "--mkdir", options.directories, "/path", "directory to make in the ISO");
    add_list(command, "--symlink", options.links, "TARGET=/path", "symbolic link to make in the ISO");
    add_list(command, "--delete", options.deletions, "/path",
             "file, or directory with all in it, to take out of the ISO");
    add_list(command, "--initrd-file", options.initrd_files, "SRC=/path", "file to put into every initrd");
    add_list(command, "--efi-file", options.efi_files, "SRC=/path", "file to put into the EFI partition");
    add_presets(command, options);
    command.add_flag("--attended", options.attended, "leave menu timeouts and defaults as they are");
}

base::Result<LocalEdits> read_edits(const EditOptions& options, const LocalLimits& iso, base::ByteCount others) {
    LocalEdits edits;
    for (const std::string& option : options.directories) {
        edits.iso.push_back(new_directory(option));
    }
    for (const std::string& option : options.links) {
        edits.iso.push_back(TRY(new_link(option)));
    }
    auto files = TRY(read_local_files(options.files, iso));
    std::move(files.begin(), files.end(), std::back_inserter(edits.iso));
    edits.initrd = TRY(read_local_files(options.initrd_files, {others, others}));
    edits.efi = TRY(read_local_files(options.efi_files, {others, others}));
    // FAT's directories are made with their files.
    std::erase_if(edits.efi, [](const LocalFile& file) { return file.kind == LocalKind::Directory; });
    return edits;
}

base::Result<std::vector<LocalPreset>> read_presets(const EditOptions& options, base::ByteCount limit) {
    std::vector<LocalPreset> presets;
    bool meta_data_taken = options.meta_data.empty();
    for (std::size_t i = 0; i < kPresetCount; ++i) {
        if (options.presets[i].empty()) {
            continue;
        }
        auto content = TRY(read_answer(options.presets[i], limit));
        LocalPreset preset{kind_of(kPresetOptions[i]), std::move(content), {}};
        if (preset.kind == kTakesMetaData && !options.meta_data.empty()) {
            preset.meta_data = TRY(read_answer(options.meta_data, limit));
            meta_data_taken = true;
        }
        presets.push_back(std::move(preset));
    }
    if (!meta_data_taken) {
        return base::invalid_argument("--meta-data belongs to --cloud-init");
    }
    return presets;
}

}  // namespace isolde::cli
