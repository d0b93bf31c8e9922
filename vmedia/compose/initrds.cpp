// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/initrds.h"

#include "image/compression.h"
#include "vmedia/edit/cpio.h"

#include <algorithm>

namespace isolde::vmedia {
namespace {

constexpr std::uint32_t kArchiveAlignment = 4;  // where Linux looks for the next archive
constexpr std::size_t kMagicBytes = 6;
constexpr std::string_view kEfiPrefix = "EFI:";

struct Archive {
    base::Bytes bytes;
    std::vector<const InjectedFile*> files;
    bool secret = false;
};

CpioFile cpio_file(const InjectedFile& file) {
    switch (file.kind) {
        case FileKind::Directory: return {file.path, {}, file.mode, CpioKind::Directory};
        case FileKind::Symlink: return {file.path, base::as_bytes(file.link_target), 0777, CpioKind::Symlink};
        case FileKind::File: break;
    }
    return {file.path, file.content, file.mode, CpioKind::File};
}

base::Result<Archive> make_archive(const InjectionPlan& plan) {
    Archive archive;
    std::vector<CpioFile> members;
    for (const InjectedFile& file : plan.files) {
        if (file.target == FileTarget::Initrd) {
            members.push_back(cpio_file(file));
            archive.files.push_back(&file);
            archive.secret = archive.secret || file.secret;
        }
    }
    if (!members.empty()) {
        archive.bytes = TRY(make_cpio(members));
    }
    return archive;
}

bool is_in_efi(std::string_view path) {
    return path.substr(0, kEfiPrefix.size()) == kEfiPrefix;
}

base::Result<base::Bytes> read_magic(const IsoPatcher& patcher, const EfiPatcher& efi, const std::string& path) {
    if (is_in_efi(path)) {
        return efi.read_start(path.substr(kEfiPrefix.size()), kMagicBytes);
    }
    const auto entry = TRY(patcher.find(path));
    if (!entry) {
        return base::not_found("the initrd " + path + " is not in the image");
    }
    return patcher.read_start(*entry, kMagicBytes);
}

base::Result<void> extend_one(IsoPatcher& patcher, EfiPatcher& efi, const std::string& path, const Archive& archive,
                              PlanReport& report) {
    if (image::stream_format(TRY(read_magic(patcher, efi, path))) == image::StreamFormat::Unknown) {
        return base::unsupported("the initrd " + path + " is of no format that Linux unpacks: a file cannot be put in");
    }
    if (is_in_efi(path)) {
        TRY(efi.append_to(path.substr(kEfiPrefix.size()), archive.bytes, kArchiveAlignment, archive.secret));
    } else {
        TRY(patcher.append_to(path, archive.bytes, kArchiveAlignment, {path, "append-cpio", archive.secret}));
    }
    for (const InjectedFile* file : archive.files) {
        report.files.push_back({"initrd:" + path + ":" + file->path, "append-cpio", file->content.size()});
    }
    return {};
}

}  // namespace

base::Result<void> extend_initrds(IsoPatcher& patcher, EfiPatcher& efi, const std::vector<std::string>& initrds,
                                  const InjectionPlan& plan, PlanReport& report) {
    const Archive archive = TRY(make_archive(plan));
    if (archive.files.empty()) {
        return {};
    }
    if (initrds.empty()) {
        return base::unsupported("the file " + archive.files.front()->path +
                                 " is meant for the initrd, and no boot entry of the image names one that exists");
    }
    for (const std::string& path : initrds) {
        TRY(extend_one(patcher, efi, path, archive, report));
    }
    return {};
}

base::Result<std::vector<std::string>> find_unreached_initrds(const BootFiles& boot, const InjectionPlan& plan) {
    std::vector<std::string> warnings;
    if (std::none_of(plan.files.begin(), plan.files.end(),
                     [](const InjectedFile& file) { return file.target == FileTarget::Initrd; })) {
        return warnings;
    }
    const auto exists = [&](const std::string& path) {
        return std::find(boot.initrds.begin(), boot.initrds.end(), path) != boot.initrds.end();
    };
    for (const BootConfigFile& file : boot.configurations) {
        for (const std::string& path : file.initrds_by_variable) {
            const std::string text =
                file.path + ": files for the initrd do not reach " + path + ", whose path only the boot loader knows";
            if (std::none_of(file.initrds.begin(), file.initrds.end(), exists)) {
                return base::unsupported(text);
            }
            warnings.push_back(text);
        }
    }
    return warnings;
}

}  // namespace isolde::vmedia
