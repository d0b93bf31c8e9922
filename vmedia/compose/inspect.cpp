// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/classifier.h"
#include "image/isomd5.h"
#include "vmedia/compose/boot_files.h"
#include "vmedia/compose/composer.h"
#include "vmedia/compose/efi_copies.h"
#include "vmedia/compose/efi_programs.h"
#include "vmedia/compose/udf_view.h"

#include <algorithm>

namespace isolde::vmedia {
namespace {

bool has_entries(const BootFiles& files, bool in_efi) {
    return std::any_of(files.configurations.begin(), files.configurations.end(),
                       [&](const BootConfigFile& file) { return file.in_efi == in_efi && file.entries > 0; });
}

bool any_entries(const BootFiles& files) {
    return has_entries(files, false) || has_entries(files, true);
}

std::string bios_loader(const std::string& boot_image) {
    if (boot_image.find("isolinux") != std::string::npos || boot_image.find("syslinux") != std::string::npos) {
        return "isolinux";
    }
    const bool grub = boot_image.find("grub") != std::string::npos || boot_image.find("eltorito") != std::string::npos;
    return grub ? "GRUB" : "unknown loader";
}

std::string efi_loader(const BootFiles& files) {
    const auto reads = [&](BootLoader loader) {
        return std::any_of(files.configurations.begin(), files.configurations.end(),
                           [&](const BootConfigFile& file) { return file.loader == loader; });
    };
    const bool grub_program =
        std::any_of(files.efi_programs.begin(), files.efi_programs.end(),
                    [](const std::string& path) { return path.find("grub") != std::string::npos; });
    if (reads(BootLoader::Bls) && !grub_program) {
        return "systemd-boot";
    }
    return grub_program || reads(BootLoader::Grub) ? "GRUB" : "EFI program";
}

/// The loader of the first BIOS entry of the catalog; empty without one.
std::string bios_cd_loader(const BootFiles& files) {
    for (std::size_t index = 0; files.catalog && index < files.catalog->entries.size(); ++index) {
        const auto& entry = files.catalog->entries[index];
        if (entry.bootable && entry.platform == static_cast<std::uint8_t>(image::BootPlatform::X86)) {
            return bios_loader(files.boot_images[index]);
        }
    }
    return "";
}

bool has_efi_cd_entry(const BootFiles& files) {
    return files.catalog && std::any_of(files.catalog->entries.begin(), files.catalog->entries.end(),
                                        [](const auto& entry) { return entry.is_efi() && entry.bootable; });
}

/// An MBR with code in it, as isohybrid and GRUB write them.
bool has_boot_code(const image::ByteSource& image, const BootFiles& files) {
    const auto code = image.read_bytes(0, 440);
    return files.tables.mbr && code.ok() &&
           std::any_of(code->begin(), code->end(), [](std::byte byte) { return byte != std::byte{0}; });
}

bool efi_is_partition(const BootFiles& files) {
    const auto& tables = files.tables;
    const auto starts = [&](std::uint64_t sector) { return files.efi->offset == sector * image::kSectorSize; };
    const bool by_mbr =
        tables.mbr && std::any_of(tables.mbr->partitions.begin(), tables.mbr->partitions.end(),
                                  [&](const auto& partition) { return starts(partition.first_sector); });
    return by_mbr || files.efi->gpt_number.has_value();
}

std::vector<std::string> boot_paths_of(const image::ByteSource& image, const BootFiles& files) {
    std::vector<std::string> paths;
    const std::string bios = bios_cd_loader(files);
    if (!bios.empty()) {
        paths.push_back("BIOS CD (" + bios + ")");
    }
    if (!bios.empty() && has_boot_code(image, files)) {
        paths.push_back("BIOS disk (" + bios + ")");
    }
    if (has_efi_cd_entry(files)) {
        paths.push_back("UEFI CD (" + efi_loader(files) + ")");
    }
    if (files.efi && efi_is_partition(files)) {
        paths.push_back("UEFI disk (" + efi_loader(files) + ")");
    }
    return paths;
}

/// What an edit cannot reach although the image can be edited.
std::vector<std::string> gaps_of(const BootFiles& files) {
    std::vector<std::string> gaps = files.warnings;
    if (files.udf.present()) {
        gaps.emplace_back("it also has a UDF file system, whose view of the files stays as it is");
        if (files.configurations.empty()) {
            gaps.push_back(udf_way_out());
        }
    }
    if (files.efi && !has_entries(files, true) && !has_entries(files, false)) {
        gaps.emplace_back("no configuration of its UEFI loader holds an entry that takes kernel arguments");
    }
    if (files.initrds.empty() && any_entries(files)) {
        gaps.emplace_back("no boot entry names an initrd that is in the image: files can go into the ISO tree only");
    }
    return gaps;
}

void judge(const image::ByteSource& image, const BootFiles& files, InspectReport& report) {
    auto gaps = gaps_of(files);
    for (const EfiCopy& copy : find_efi_copies(image, files)) {
        if (!copy.configuration.empty()) {
            gaps.push_back(describe(copy));
        }
    }
    report.reasons.insert(report.reasons.end(), gaps.begin(), gaps.end());
    if (!any_entries(files)) {
        report.injectable = "no";
        report.reasons.emplace_back("no boot configuration holds an entry that takes kernel arguments");
    } else {
        report.injectable = gaps.empty() ? "yes" : "partly";
    }
}

base::Result<void> describe_iso(const image::ByteSource& image, InspectReport& report) {
    const auto read = read_boot_files(image);
    if (!read.ok()) {
        report.injectable = "no";
        report.reasons.push_back(read.error().to_string());
        return {};
    }
    const BootFiles& files = *read;
    judge(image, files, report);
    for (std::string& line : describe_unified_kernels(read_efi_programs(image, files))) {
        report.reasons.push_back(std::move(line));
        report.injectable = report.injectable == "yes" ? "partly" : report.injectable;
    }
    if (TRY(image::read_isomd5(image, files.volume))) {
        report.reasons.emplace_back(
            "it has an isomd5 tag, which any edit makes wrong: it is dropped, with rd.live.check, or kept by reading "
            "the whole image");
    }
    report.boot_paths = boot_paths_of(image, files);
    for (const BootConfigFile& file : files.configurations) {
        report.configurations.push_back(file.path);
    }
    report.kernels = files.kernels;
    report.initrds = files.initrds;
    report.areas = describe_areas(files);
    return {};
}

void append_list(std::string& text, std::string_view title, const std::vector<std::string>& items) {
    std::string_view label = title;
    for (const std::string& item : items) {
        text.append(label).append(16 - label.size(), ' ').append(item).append("\n");
        label = "";
    }
}

}  // namespace

base::Result<InspectReport> inspect(const image::ByteSource& image) {
    const auto classified = TRY(image::classify(image));
    InspectReport report;
    report.kind = classified.name;
    report.volume_id = classified.volume_id;
    report.size = image.size();
    report.reasons = classified.reasons;
    if (classified.is_iso()) {
        TRY(describe_iso(image, report));
        return report;
    }
    report.injectable = "no";
    if (const auto editable = check_file_system(image); !editable.ok()) {
        report.reasons.push_back(editable.error().message);
    }
    return report;
}

base::Json render_json(const InspectReport& report) {
    return {{"kind", report.kind},
            {"volume_id", report.volume_id},
            {"size", report.size},
            {"injectable", report.injectable},
            {"reasons", report.reasons},
            {"boot_paths", report.boot_paths},
            {"configurations", report.configurations},
            {"kernels", report.kernels},
            {"initrds", report.initrds},
            {"areas", report.areas}};
}

std::string render_text(const InspectReport& report) {
    std::string text;
    append_list(text, "kind", {report.kind});
    append_list(text, "volume", {report.volume_id});
    append_list(text, "size", {base::to_string(base::ByteCount(report.size))});
    append_list(text, "injectable", {report.injectable});
    append_list(text, "because", report.reasons);
    append_list(text, "boots by", report.boot_paths);
    append_list(text, "configurations", report.configurations);
    append_list(text, "kernels", report.kernels);
    append_list(text, "initrds", report.initrds);
    append_list(text, "areas", report.areas);
    return text;
}

}  // namespace isolde::vmedia
