// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/classifier.h"

#include "image/compression.h"
#include "image/el_torito.h"
#include "image/fat.h"
#include "image/fields.h"
#include "image/iso9660.h"
#include "image/isomd5.h"
#include "image/partition_table.h"
#include "image/udf.h"

#include <algorithm>

namespace isolde::image {
namespace {

using namespace std::string_view_literals;

constexpr std::uint64_t kHead = 512;

struct Magic {
    std::size_t offset;
    std::string_view bytes;
    ImageKind kind;
};

constexpr Magic kMagics[] = {
    {0, "QFI\xfb"sv, ImageKind::Qcow2},
    {0, "vhdxfile"sv, ImageKind::Vhdx},
    {0, "KDMV"sv, ImageKind::Vmdk},
    {0, "COWD"sv, ImageKind::Vmdk},
    {0, "# Disk DescriptorFile"sv, ImageKind::Vmdk},
    {0, "LUKS\xba\xbe"sv, ImageKind::Luks},
    {0, "conectix"sv, ImageKind::Vhd},
    {257, "ustar"sv, ImageKind::Tar},
};

ImageKind container_kind(base::ByteView head) {
    switch (stream_format(head)) {
        case StreamFormat::Gzip: return ImageKind::Gzip;
        case StreamFormat::Xz: return ImageKind::Xz;
        case StreamFormat::Zstd: return ImageKind::Zstd;
        default: return ImageKind::Unknown;
    }
}

ImageKind kind_by_magic(base::ByteView head) {
    for (const Magic& magic : kMagics) {
        if (holds(head, magic.offset, magic.bytes)) {
            return magic.kind;
        }
    }
    return container_kind(head);
}

/// A fixed VHD has its only mark in a footer behind the disk.
bool has_vhd_footer(const ByteSource& image) {
    const auto footer =
        image.size() >= kHead ? image.read_bytes(image.size() - kHead, 8) : base::Result<base::Bytes>(base::Bytes{});
    return footer.ok() && holds(*footer, 0, "conectix");
}

void set_kind(Classification& result, ImageKind kind, std::string reason) {
    result.kind = kind;
    result.name = to_string(kind);
    result.reasons.push_back(std::move(reason));
}

std::string platform_name(const BootEntry& entry) {
    switch (static_cast<BootPlatform>(entry.platform)) {
        case BootPlatform::X86: return "BIOS";
        case BootPlatform::PowerPc: return "PowerPC";
        case BootPlatform::Mac: return "Mac";
        case BootPlatform::Efi: return "UEFI";
    }
    return "platform " + std::to_string(entry.platform);
}

void note_boot_entries(const ByteSource& image, const IsoVolume& volume, Classification& result) {
    if (!volume.boot_catalog) {
        result.reasons.emplace_back("it has no El Torito boot catalog");
        return;
    }
    const auto catalog = read_boot_catalog(image, *volume.boot_catalog);
    if (!catalog.ok()) {
        result.reasons.push_back(catalog.error().to_string());
        return;
    }
    for (const BootEntry& entry : catalog->entries) {
        if (entry.bootable) {
            result.boot_entries.push_back(platform_name(entry));
        }
    }
}

base::Result<void> describe_iso(const ByteSource& image, Classification& result) {
    const auto tables = TRY(read_partition_tables(image));
    result.mbr = tables.mbr.has_value();
    result.gpt = tables.gpt.has_value();
    result.apm = tables.apm.has_value();
    const auto volume = read_iso9660(image);
    if (!volume.ok()) {
        result.reasons.push_back(volume.error().to_string());
        return {};
    }
    result.volume_id = volume->primary().volume_id;
    result.isomd5 = TRY(read_isomd5(image, *volume)).has_value();
    note_boot_entries(image, *volume, result);
    const std::uint64_t announced = std::uint64_t{volume->primary().volume_blocks} * kIsoBlockSize;
    if (announced > image.size()) {
        result.reasons.push_back("the volume announces " + std::to_string(announced) + " bytes, the image has " +
                                 std::to_string(image.size()) + ": it is cut");
    }
    return {};
}

base::Result<Classification> classify_disk(const ByteSource& image, Classification result) {
    const auto tables = TRY(read_partition_tables(image));
    if (tables.mbr || tables.gpt || tables.apm) {
        set_kind(result, ImageKind::RawDisk, "it begins with a partition table");
        result.mbr = tables.mbr.has_value();
        result.gpt = tables.gpt.has_value();
        result.apm = tables.apm.has_value();
    } else if (is_fat(image)) {
        set_kind(result, ImageKind::RawDisk, "it is a FAT file system");
    } else {
        set_kind(result, ImageKind::Unknown, "\"CD001\" does not stand at byte 32769, and no other format is known");
    }
    return result;
}

}  // namespace

std::string_view to_string(ImageKind kind) {
    constexpr std::string_view kNames[] = {"not-an-iso", "iso9660", "iso9660+udf", "udf",  "raw", "qcow2", "vhd",
                                           "vhdx",       "vmdk",    "luks",        "gzip", "xz",  "zstd",  "tar"};
    return kNames[static_cast<std::size_t>(kind)];
}

base::Result<Classification> classify(const ByteSource& image) {
    Classification result;
    const auto head = TRY(image.read_bytes(0, std::min(kHead, image.size())));
    if (const ImageKind kind = kind_by_magic(head); kind != ImageKind::Unknown) {
        set_kind(result, kind, "it begins with the magic of " + std::string(to_string(kind)));
        return result;
    }
    const UdfDetection udf = detect_udf(image);
    if (is_iso9660(image)) {
        set_kind(result, udf.present() ? ImageKind::Iso9660Udf : ImageKind::Iso9660, "\"CD001\" stands at byte 32769");
        TRY(describe_iso(image, result));
        return result;
    }
    if (udf.present()) {
        set_kind(result, ImageKind::Udf, "it has a UDF volume recognition sequence and no ISO 9660 volume");
        return result;
    }
    if (has_vhd_footer(image)) {
        set_kind(result, ImageKind::Vhd, "it ends with the footer of a VHD");
        return result;
    }
    return classify_disk(image, std::move(result));
}

}  // namespace isolde::image
