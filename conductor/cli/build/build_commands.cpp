// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/cli/build/build_commands.h"
#include "conductor/cli/build/boot_command.h"

#include "base/digest.h"
#include "base/files.h"
#include "conductor/cli/edits/local_files.h"
#include "vmedia/build/fat_image.h"
#include "vmedia/build/iso_image.h"
#include "vmedia/build/second_media.h"

#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <ostream>

namespace isolde::cli {
namespace {

/// What the options of one command named.
struct BuildOptions {
    std::map<std::string, std::string> parts;  ///< by option: the file of this machine
    std::vector<std::string> files;
    std::string label;
    std::string format = "iso";
    std::string output;
};

/// Content of the parts by option; empty where one was not given.
using Parts = std::map<std::string, std::string>;

struct PartOption {
    const char* name;
    const char* help;
    bool required = false;
};

/// One kind of medium: its command, the options that name its parts, and what these become.
struct MediumKind {
    const char* name;
    const char* help;
    std::vector<PartOption> parts;
    base::Result<vmedia::MediaContent> (*make)(Parts& parts);
};

base::Result<vmedia::MediaContent> make_config_drive(Parts& parts) {
    return vmedia::config_drive(
        {parts["--meta-data"], parts["--network-data"], parts["--vendor-data"], parts["--user-data"]});
}

base::Result<vmedia::MediaContent> make_cidata(Parts& parts) {
    return vmedia::cidata(
        {parts["--user-data"], parts["--meta-data"], parts["--network-config"], parts["--vendor-data"]});
}

base::Result<vmedia::MediaContent> make_oemdrv(Parts& parts) {
    return vmedia::oemdrv(parts["--kickstart"]);
}

base::Result<vmedia::MediaContent> make_autounattend(Parts& parts) {
    return vmedia::autounattend(parts["--answer-file"]);
}

const std::vector<MediumKind>& medium_kinds() {
    static const std::vector<MediumKind> kKinds{
        {"config-drive",
         "an OpenStack config drive, label config-2: for cloud-init, cloudbase-init, glean and Ignition",
         {{"--user-data", "user data"},
          {"--meta-data", "meta_data.json; a uuid is made from the content where it has none"},
          {"--network-data", "network_data.json"},
          {"--vendor-data", "vendor_data.json"}},
         make_config_drive},
        {"cidata",
         "a seed of cloud-init's NoCloud data source, label CIDATA; also autoinstall for Ubuntu's subiquity",
         {{"--user-data", "user-data", true},
          {"--meta-data", "meta-data; without it an instance id is made from the content"},
          {"--network-config", "network-config"},
          {"--vendor-data", "vendor-data"}},
         make_cidata},
        {"oemdrv",
         "a kickstart medium, label OEMDRV: Anaconda takes it without an argument",
         {{"--kickstart", "kickstart file", true}},
         make_oemdrv},
        {"autounattend",
         "an answer medium for Windows Setup, with autounattend.xml in its root",
         {{"--answer-file", "answer file", true}},
         make_autounattend}};
    return kKinds;
}

base::Result<Parts> read_parts(const BuildOptions& options) {
    Parts parts;
    for (const auto& [name, path] : options.parts) {
        if (!path.empty()) {
            parts[name] = TRY(base::read_file(path, base::mebibytes(64)));
        }
    }
    return parts;
}

/// Directories are made as the paths need them.
base::Result<void> add_files(vmedia::MediaContent& content, const std::vector<std::string>& options) {
    for (LocalFile& file : TRY(read_local_files(
             options, {base::ByteCount(vmedia::kMaxMediaBytes), base::ByteCount(vmedia::kMaxMediaBytes)}))) {
        if (file.kind == LocalKind::Symlink) {
            return base::unsupported("a medium is built of files, and " + file.path +
                                     " is a symbolic link: give what it leads to");
        }
        if (file.kind == LocalKind::File) {
            content.files.push_back({file.path, std::move(file.content), file.mode});
        }
    }
    return {};
}

void print_medium(const MediaContext& context, const vmedia::MediaContent& content, base::ByteView image) {
    const std::string digest = base::sha256(image).str();
    if (!context.json) {
        context.out << content.label << ": " << content.files.size() << " files, " << image.size() << " bytes, "
                    << digest << "\n";
        return;
    }
    base::Json paths = base::Json::array();
    for (const vmedia::MediaFile& file : content.files) {
        paths.push_back(file.path);
    }
    const base::Json report{
        {"label", content.label}, {"size", image.size()}, {"digest", digest}, {"files", std::move(paths)}};
    context.out << base::dump_json(report, 2) << "\n";
}

/// Answers hold passwords: the image is for its owner alone.
base::Result<void> write_medium(const MediaContext& context, vmedia::MediaContent content,
                                const BuildOptions& options) {
    TRY(add_files(content, options.files));
    const base::Bytes image = TRY(options.format == "fat" ? vmedia::build_fat(content) : vmedia::build_iso(content));
    TRY(base::write_durably(options.output, base::as_text(image), 0600));
    print_medium(context, content, image);
    return {};
}

base::Result<void> run_build(const MediaContext& context, const MediumKind& kind, const BuildOptions& options) {
    Parts parts = TRY(read_parts(options));
    return write_medium(context, TRY(kind.make(parts)), options);
}

void add_common_options(CLI::App& command, BuildOptions& options, bool files_required) {
    command.add_option("--file", options.files, "file, or directory with all in it, to put onto the medium too")
        ->type_name("SRC=/path")
        ->allow_extra_args(false)
        ->required(files_required);
    command.add_option("--format", options.format, "iso, or fat for a USB-stick slot")
        ->check(CLI::IsMember({"iso", "fat"}))
        ->capture_default_str();
    command.add_option("-o,--output", options.output, "where to write the image, mode 0600")
        ->required()
        ->type_name("FILE");
}

void add_kind(CLI::App& build, const MediaContext& context, const MediumKind& kind) {
    auto* command = build.add_subcommand(kind.name, kind.help);
    const auto options = std::make_shared<BuildOptions>();
    for (const PartOption& part : kind.parts) {
        command->add_option(part.name, options->parts[part.name], part.help)
            ->type_name("FILE")
            ->required(part.required);
    }
    add_common_options(*command, *options, false);
    command->callback([context, &kind, options] { context.result = run_build(context, kind, *options); });
}

void add_plain_files(CLI::App& build, const MediaContext& context) {
    auto* command = build.add_subcommand("files", "a medium of files under a label: drivers, packages, data");
    const auto options = std::make_shared<BuildOptions>();
    command->add_option("--label", options->label, "volume label")->required();
    add_common_options(*command, *options, true);
    command->callback([context, options] { context.result = write_medium(context, {options->label, {}}, *options); });
}

}  // namespace

void add_build_commands(CLI::App& app, const MediaContext& context) {
    auto* build = app.get_subcommand("media")->add_subcommand(
        "build", "build a small medium: the same input gives the same bytes");
    build->require_subcommand(1);
    build->fallthrough();
    for (const MediumKind& kind : medium_kinds()) {
        add_kind(*build, context, kind);
    }
    add_plain_files(*build, context);
    add_boot(*build, context);
}

}  // namespace isolde::cli
