// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/cli/media/plan_options.h"

#include "image/byte_source.h"
#include "vmedia/build/media_reader.h"
#include "vmedia/build/merge.h"
#include "vmedia/compose/fingerprint.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>

namespace isolde::cli {
namespace {

using vmedia::FileKind;
using vmedia::FileTarget;
using vmedia::PresetKind;

constexpr std::array kPresets{PresetKind::Preseed,    PresetKind::Kickstart, PresetKind::Autoinstall,
                              PresetKind::Ignition,   PresetKind::AutoYast,  PresetKind::CloudInit,
                              PresetKind::NetworkData};

/// The plan has a limit of its own for what is shown from where it is.
constexpr LocalLimits kIsoFiles{base::ByteCount(UINT64_MAX), base::mebibytes(1)};

FileKind kind_of(LocalKind kind) {
    switch (kind) {
        case LocalKind::File: return FileKind::File;
        case LocalKind::Directory: return FileKind::Directory;
        case LocalKind::Symlink: break;
    }
    return FileKind::Symlink;
}

/// Content of a file that was not read is shown from where it is.
base::Result<vmedia::FileBlob> blob_of(const std::string& source) {
    vmedia::FileBlob blob;
    blob.file = TRY(image::FileSource::open(source));
    blob.digest = TRY(vmedia::fingerprint(*blob.file));
    return blob;
}

base::Result<void> put_files(vmedia::InjectionPlan& plan, std::vector<LocalFile> files, FileTarget target) {
    for (LocalFile& local : files) {
        vmedia::InjectedFile file;
        file.path = std::move(local.path);
        file.target = target;
        file.content = std::move(local.content);
        file.mode = local.mode;
        file.kind = kind_of(local.kind);
        file.link_target = std::move(local.link_target);
        if (!local.source.empty()) {
            file.blob = TRY(blob_of(local.source));
        }
        plan.files.push_back(std::move(file));
    }
    return {};
}

PresetKind preset_kind(std::string_view name) {
    return *std::find_if(kPresets.begin(), kPresets.end(), [&](PresetKind kind) { return to_string(kind) == name; });
}

}  // namespace

base::Result<vmedia::InjectionPlan> read_plan(const PlanOptions& plan_options) {
    const EditOptions& options = plan_options.edits;
    vmedia::InjectionPlan plan;
    plan.append = options.append;
    plan.remove = options.remove;
    plan.replace = options.replace;
    plan.entries = options.entries;
    plan.default_entry = options.default_entry;
    plan.unattended = !options.attended;
    plan.media_check = plan_options.media_check == "keep" ? vmedia::MediaCheck::Keep : vmedia::MediaCheck::Drop;
    plan.remove_files = options.deletions;
    LocalEdits edits = TRY(read_edits(options, kIsoFiles, base::gibibytes(2)));
    TRY(put_files(plan, std::move(edits.iso), FileTarget::Iso));
    TRY(put_files(plan, std::move(edits.initrd), FileTarget::Initrd));
    TRY(put_files(plan, std::move(edits.efi), FileTarget::Efi));
    for (LocalPreset& preset : TRY(read_presets(options, base::mebibytes(16)))) {
        plan.presets.push_back(
            {preset_kind(preset.kind), std::move(preset.content), std::move(preset.meta_data), false});
    }
    return plan;
}

void add_merge_option(CLI::App& command, std::vector<std::string>& media) {
    command.add_option("--merge", media, "second medium to put into the boot image, for machines with one slot")
        ->type_name("MEDIUM")
        ->allow_extra_args(false);
}

base::Result<void> merge_media(vmedia::InjectionPlan& plan, const std::vector<std::string>& media,
                               const image::ByteSource& boot_image) {
    if (media.empty()) {
        return {};
    }
    const vmedia::Recognition image = TRY(vmedia::recognise(boot_image));
    for (const std::string& path : media) {
        const auto source = TRY(image::FileSource::open(path));
        const vmedia::MediaContent medium = TRY(vmedia::read_medium(*source).with_context(path));
        TRY(vmedia::merge_medium(plan, medium, image).with_context(path));
    }
    return {};
}

void add_plan_options(CLI::App& command, PlanOptions& options) {
    command.add_option("base", options.base, "the boot ISO to compose from")->required()->type_name("BASE.iso");
    add_edit_options(command, options.edits);
    add_merge_option(command, options.merged);
    command
        .add_option("--media-check", options.media_check,
                    "the medium's checksums of itself: drop them for what changes, or keep them right")
        ->check(CLI::IsMember({"drop", "keep"}))
        ->capture_default_str();
    command.add_option("--key", options.key, "file with the key of the plan's digest")->type_name("FILE");
    command.add_option("--base-digest", options.base_digest,
                       "the base's sha256:…; without it a fingerprint of the base is used");
}

}  // namespace isolde::cli
