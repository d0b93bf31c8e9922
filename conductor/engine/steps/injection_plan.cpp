// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/engine/steps/step.h"

namespace isolde::conductor {
namespace {

vmedia::FileTarget target_of(InjectTarget target) {
    switch (target) {
        case InjectTarget::Iso: return vmedia::FileTarget::Iso;
        case InjectTarget::Initrd: return vmedia::FileTarget::Initrd;
        case InjectTarget::Efi: break;
    }
    return vmedia::FileTarget::Efi;
}

vmedia::FileKind kind_of(InjectKind kind) {
    switch (kind) {
        case InjectKind::File: return vmedia::FileKind::File;
        case InjectKind::Directory: return vmedia::FileKind::Directory;
        case InjectKind::Symlink: break;
    }
    return vmedia::FileKind::Symlink;
}

vmedia::PresetKind kind_of(PresetKind kind) {
    switch (kind) {
        case PresetKind::Preseed: return vmedia::PresetKind::Preseed;
        case PresetKind::Kickstart: return vmedia::PresetKind::Kickstart;
        case PresetKind::Autoinstall: return vmedia::PresetKind::Autoinstall;
        case PresetKind::Ignition: return vmedia::PresetKind::Ignition;
        case PresetKind::AutoYast: return vmedia::PresetKind::AutoYast;
        case PresetKind::CloudInit: return vmedia::PresetKind::CloudInit;
        case PresetKind::NetworkData: break;
    }
    return vmedia::PresetKind::NetworkData;
}

vmedia::InjectedFile file_of(const InjectFile& file) {
    vmedia::InjectedFile injected;
    injected.path = file.path;
    injected.target = target_of(file.target);
    injected.content = file.content;
    injected.mode = file.mode;
    injected.secret = file.secret;
    injected.kind = kind_of(file.kind);
    injected.link_target = file.link_target;
    return injected;
}

}  // namespace

vmedia::InjectionPlan injection_plan(const DeploymentFields& fields) {
    vmedia::InjectionPlan plan;
    plan.append = fields.append;
    plan.remove = fields.remove;
    plan.replace = fields.replace;
    plan.entries = fields.boot_entries;
    plan.default_entry = fields.default_boot_entry;
    plan.remove_files = fields.delete_files;
    plan.unattended = !fields.attended;
    plan.media_check = fields.keep_media_check ? vmedia::MediaCheck::Keep : vmedia::MediaCheck::Drop;
    for (const InjectFile& file : fields.files) {
        plan.files.push_back(file_of(file));
    }
    for (const PresetFile& preset : fields.presets) {
        plan.presets.push_back({kind_of(preset.kind), preset.content, preset.meta_data, preset.secret});
    }
    return plan;
}

}  // namespace isolde::conductor
