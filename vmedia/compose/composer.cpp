// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/composer.h"

#include "image/cached_source.h"
#include "vmedia/compose/boot_edits.h"
#include "vmedia/compose/compaction.h"
#include "vmedia/compose/coreos.h"
#include "vmedia/compose/efi_copies.h"
#include "vmedia/compose/efi_patcher.h"
#include "vmedia/compose/efi_programs.h"
#include "vmedia/compose/initrds.h"
#include "vmedia/compose/iso_patcher.h"
#include "vmedia/compose/manifest.h"
#include "vmedia/compose/media_check.h"
#include "vmedia/compose/owner_map.h"
#include "vmedia/compose/presets.h"
#include "vmedia/compose/udf_view.h"
#include "vmedia/compose/volume_end.h"

#include <algorithm>
#include <map>

namespace isolde::vmedia {
namespace {

constexpr std::string_view kMediaCheck = "rd.live.check";
constexpr std::size_t kEtagDigits = 32;

/// One composition from its start to its end; each step builds on the one before.
class Composing {
  public:
    Composing(std::shared_ptr<const image::FileSource> base, const InjectionPlan& plan, base::ByteView key)
        : base_(std::move(base)),
          reader_(std::make_shared<const image::CachedSource>(base_)),
          plan_(plan),
          key_(key),
          edit_(reader_) {}

    base::Result<Composition> run(const BaseIdentity& identity);

  private:
    base::Result<void> remove_files(IsoPatcher& patcher);
    base::Result<void> put_files(IsoPatcher& patcher);
    base::Result<void> put_files_into_efi(EfiPatcher& efi, BootFiles& boot);
    ArgumentEdit arguments() const;
    base::Result<void> edit_boot(IsoPatcher& patcher, EfiPatcher& efi, const BootFiles& boot);
    base::Result<void> write_configurations(IsoPatcher& patcher, EfiPatcher& efi,
                                            const std::vector<EditedConfig>& edited);
    base::Result<void> follow_growth(const EfiPatcher& efi, BootFiles& boot);
    void warn(const std::vector<std::string>& warnings) {
        report_.warnings.insert(report_.warnings.end(), warnings.begin(), warnings.end());
    }
    base::Result<OwnerMap> map_closed(BootFiles& boot, const VolumeEnd& end) const;
    base::Result<Composition> close(const BaseIdentity& identity, BootFiles& boot);

    std::shared_ptr<const image::FileSource> base_;
    std::shared_ptr<const image::CachedSource> reader_;  ///< of the base
    const InjectionPlan& plan_;
    base::ByteView key_;
    ImageEdit edit_;
    ImageCheck image_check_;
    PlanReport report_;
};

base::Result<void> Composing::put_files(IsoPatcher& patcher) {
    std::vector<const InjectedFile*> files;
    for (const InjectedFile& file : plan_.files) {
        if (file.target == FileTarget::Iso) {
            files.push_back(&file);
        }
    }
    const auto techniques = TRY(patcher.put(files));
    for (std::size_t i = 0; i < files.size(); ++i) {
        report_.files.push_back({files[i]->path, techniques[i], files[i]->size()});
    }
    return {};
}

/// What the boot reads, and so must stay: path → what it is.
std::map<std::string, std::string> needed_to_boot(const BootFiles& boot) {
    std::map<std::string, std::string> needed;
    for (const BootConfigFile& file : boot.configurations) {
        needed.emplace(file.path, "a configuration of the boot loader " + std::string(to_string(file.loader)));
        for (const std::string& kernel : file.kernels) {
            needed.emplace(kernel, "a kernel that " + file.path + " boots");
        }
        for (const std::string& initrd : file.initrds) {
            needed.emplace(initrd, "an initrd that " + file.path + " loads");
        }
    }
    for (const std::string& program : boot.efi_programs) {
        needed.emplace(program, "an EFI program that firmware starts");
    }
    for (const std::string& image : boot.boot_images) {
        needed.emplace(image, "a boot image of El Torito");
    }
    std::erase_if(needed, [](const auto& item) { return item.first.empty() || item.first.front() != '/'; });
    return needed;
}

base::Result<void> Composing::remove_files(IsoPatcher& patcher) {
    if (plan_.remove_files.empty()) {
        return {};
    }
    TRY(patcher.remove(plan_.remove_files, needed_to_boot(TRY(read_boot_files(edit_.view())))));
    for (const std::string& path : plan_.remove_files) {
        report_.files.push_back({path, "remove", 0});
    }
    return {};
}

base::Result<void> Composing::put_files_into_efi(EfiPatcher& efi, BootFiles& boot) {
    std::vector<EfiFile> files;
    for (const InjectedFile& file : plan_.files) {
        if (file.target == FileTarget::Efi) {
            files.push_back({file.path, file.content, file.secret});
            report_.files.push_back({"EFI:" + file.path, "fat-rewrite", file.content.size()});
        }
    }
    if (files.empty()) {
        return {};
    }
    if (!boot.efi) {
        return base::unsupported("the file " + files.front().path +
                                 " is meant for the EFI system partition, and the image has none");
    }
    TRY(efi.put(files));
    boot = TRY(read_boot_files(edit_.view(), efi.partition()));
    return {};
}

/// With a checksum of the whole image in it, a changed image would fail the installer's own check.
ArgumentEdit Composing::arguments() const {
    ArgumentEdit edit{plan_.append, plan_.remove, plan_.replace, plan_.entries, {}};
    if (image_check_.drops_argument()) {
        add_once(edit.always_remove, kMediaCheck);
    }
    return edit;
}

base::Result<void> Composing::write_configurations(IsoPatcher& patcher, EfiPatcher& efi,
                                                   const std::vector<EditedConfig>& edited) {
    std::vector<EfiFile> in_efi;
    for (const EditedConfig& config : edited) {
        if (!config.edit.changed()) {
            continue;
        }
        const std::string& path = config.file->path;
        const auto text = base::as_bytes(config.edit.text);
        std::string_view technique = "fat-rewrite";
        if (config.file->in_efi) {
            in_efi.push_back({std::string(config.file->inner_path()), text});
        } else if (config.area && config.area->alone) {
            technique = "coreos-arguments-area";
            TRY(patcher.overwrite(path, 0, text, {path, technique}));
        } else {
            technique = "replace";
            TRY(patcher.replace(path, text, {path, technique}));
        }
        report_.files.push_back({path, std::string(technique), text.size()});
    }
    return efi.put(in_efi);
}

base::Result<void> Composing::edit_boot(IsoPatcher& patcher, EfiPatcher& efi, const BootFiles& boot) {
    auto edited = TRY(edit_configurations(boot.configurations, {arguments(), plan_.unattended, plan_.default_entry}));
    TRY(check_arguments_land(edited, arguments()));
    TRY(fill_argument_areas(boot, edited, report_));
    TRY(write_configurations(patcher, efi, edited));
    TRY(follow_moved_areas(patcher, boot, edited, report_));
    report_edits(edited, report_);
    if (!arguments().empty()) {
        warn(find_passed_over(edited, arguments()));
    }
    warn(find_defaults_unset(edited, plan_.default_entry));
    if (!plan_.append.empty() && boot.catalog) {
        warn(find_silent_paths(edited, *boot.catalog));
    }
    return {};
}

/// What was read of the image says where the EFI partition was before it grew.
base::Result<void> Composing::follow_growth(const EfiPatcher& efi, BootFiles& boot) {
    if (!efi.grown()) {
        return {};
    }
    report_.files.push_back({"EFI partition", "fat-grow", efi.partition()->length});
    boot = TRY(read_boot_files(edit_.view(), efi.partition()));
    return {};
}

/// Directories and the EFI partition may have moved since `boot` was read; which files it names has not changed.
base::Result<OwnerMap> Composing::map_closed(BootFiles& boot, const VolumeEnd& end) const {
    boot.efi = end.efi;
    boot.volume = TRY(image::read_iso9660(edit_.view(), boot.tables));
    if (boot.catalog) {
        boot.catalog = TRY(image::read_boot_catalog(edit_.view(), boot.catalog->block));
    }
    return map_boot_files(edit_.view(), boot);
}

base::Result<Composition> Composing::close(const BaseIdentity& identity, BootFiles& boot) {
    const ManifestHead head{identity, report_.plan_digest};
    const std::uint64_t room = TRY(manifest_blocks(edit_));
    const VolumeEnd end = TRY(close_volume(edit_, boot, room));
    warn(end.warnings);
    base::Json manifest = TRY(make_manifest(edit_, head, key_));
    TRY(write_trailer(edit_.view(), end.manifest_block, room, manifest));
    TRY(image_check_.implant(edit_));
    OwnerMap boot_files = TRY(map_closed(boot, end));
    auto parts = TRY(compact(TRY(std::move(edit_.view()).finish()), *reader_));
    std::vector<std::shared_ptr<const image::FileSource>> blobs{base_};
    blobs.insert(blobs.end(), parts.blobs.begin(), parts.blobs.end());
    report_.delta_bytes = parts.delta.size();
    report_.image_size = parts.extents.size();
    auto image =
        TRY(ComposedImage::create(std::move(blobs), std::move(parts.delta), std::move(parts.extents),
                                  '"' + report_.plan_digest.substr(0, kEtagDigits) + '"', report_.plan_digest));
    return Composition{std::move(image), std::move(report_), std::move(manifest), std::move(boot_files)};
}

base::Result<Composition> Composing::run(const BaseIdentity& identity) {
    report_.plan_digest = vmedia::plan_digest(plan_, identity.digest, key_);
    auto patcher = TRY(IsoPatcher::open(edit_));
    image_check_ = TRY(ImageCheck::find(*reader_, patcher.volume(), plan_.media_check));
    TRY(check_overwritten_programs(*reader_, plan_));
    TRY(remove_files(patcher));
    TRY(put_files(patcher));
    BootFiles boot = TRY(read_boot_files(edit_.view()));
    TRY(check_udf_bridge(boot, plan_));
    warn(TRY(check_efi_copies(find_efi_copies(edit_.view(), boot), plan_)));
    EfiPatcher efi(edit_, patcher, boot);
    TRY(put_files_into_efi(efi, boot));
    TRY(check_unified_kernels(edit_.view(), boot, plan_));
    TRY(edit_boot(patcher, efi, boot));
    if (plan_.ignition) {
        TRY(fill_ignition_area(patcher, boot, *plan_.ignition, report_));
    }
    warn(TRY(find_unreached_initrds(boot, plan_)));
    TRY(extend_initrds(patcher, efi, initrds_for_files(boot), plan_, report_));
    TRY(follow_growth(efi, boot));
    const bool catalog_changes = efi.grown() || moves_efi_partition(boot);
    const LateChanges late{efi.image_path(), catalog_changes ? boot.catalog_path : ""};
    TRY(update_checksum_lists(edit_, patcher, plan_, late, report_));
    TRY(warn_of_minimal_iso(patcher, report_));
    TRY(image_check_.clear(edit_, report_));
    TRY(patcher.finish());
    warn(patcher.warnings());
    warn(boot.warnings);
    warn(udf_warnings(boot));
    return close(identity, boot);
}

}  // namespace

base::Result<Composition> compose(std::shared_ptr<const image::FileSource> base, const BaseIdentity& identity,
                                  const InjectionPlan& plan, base::ByteView key) {
    TRY(check_plan(plan));
    TRY(check_file_system(*base));
    if (plan.presets.empty()) {
        return Composing(std::move(base), plan, key).run(identity);
    }
    ExpandedPlan expanded = TRY(expand_presets(plan, TRY(recognise(image::CachedSource(base)))));
    Composition composition = TRY(Composing(std::move(base), expanded.plan, key).run(identity));
    composition.report.presets = std::move(expanded.notes);
    return composition;
}

}  // namespace isolde::vmedia
