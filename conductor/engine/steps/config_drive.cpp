// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/engine/steps/config_drive.h"

#include "image/byte_source.h"
#include "image/classifier.h"
#include "image/compression.h"
#include "vmedia/build/fat_image.h"
#include "vmedia/build/gzip.h"
#include "vmedia/build/iso_image.h"
#include "vmedia/build/media_reader.h"
#include "vmedia/build/merge.h"
#include "vmedia/build/second_media.h"

namespace isolde::conductor {
namespace {

using base::Json;
using base::Result;

constexpr auto kLargestImage = base::mebibytes(64);  // Ironic's limit

std::string text_of(const Json& part) {
    return part.is_null() ? "" : base::dump_json(part);
}

Json identified(const Json& meta_data, const Node& node) {
    Json identified = meta_data.is_null() ? Json::object() : meta_data;
    if (!identified.contains("uuid")) identified["uuid"] = node.id.str();
    if (!identified.contains("name") && !node.name.empty()) identified["name"] = node.name;
    return identified;
}

Result<image::MemorySource> unpack(const base::Bytes& packed) {
    const bool gzip = image::stream_format(packed) == image::StreamFormat::Gzip;
    image::MemorySource image(gzip ? TRY(vmedia::gunzip(packed, kLargestImage)) : packed);
    const auto found = TRY(image::classify(image));
    if (!found.is_iso() && found.kind != image::ImageKind::RawDisk) {
        return base::invalid_argument("it holds neither an ISO 9660 image nor a FAT, but " + found.name);
    }
    return image;
}

Result<vmedia::MediaContent> content_of(const ConfigDriveField& drive, const Node& node) {
    if (drive.kept_apart || drive.fetched) {
        return base::internal("what the config drive holds was not read");
    }
    if (!drive.packed.empty()) {
        return vmedia::read_medium(TRY(unpack(drive.packed)));
    }
    return vmedia::config_drive({base::dump_json(identified(drive.meta_data, node)), text_of(drive.network_data),
                                 text_of(drive.vendor_data), drive.user_data});
}

}  // namespace

Result<void> check_config_drive(const ConfigDriveField& drive, const Node& node) {
    if (drive.packed.empty()) {
        TRY(content_of(drive, node).with_context("configdrive"));
    } else {
        TRY(unpack(drive.packed).with_context("configdrive"));
    }
    return {};
}

Result<base::Bytes> config_drive_image(const ConfigDriveField& drive, const Node& node) {
    if (!drive.packed.empty()) {
        const image::MemorySource image = TRY(unpack(drive.packed).with_context("configdrive"));
        return image.read_bytes(0, image.size());
    }
    const vmedia::MediaContent content = TRY(content_of(drive, node).with_context("configdrive"));
    return drive.format == ConfigDriveFormat::Vfat ? vmedia::build_fat(content) : vmedia::build_iso(content);
}

Result<void> merge_config_drive(vmedia::InjectionPlan& plan, const ConfigDriveField& drive, const Node& node,
                                const vmedia::Recognition& image) {
    return vmedia::merge_medium(plan, TRY(content_of(drive, node).with_context("configdrive")), image);
}

}  // namespace isolde::conductor
