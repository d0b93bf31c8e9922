// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/engine/steps/config_drive.h"

#include "image/classifier.h"
#include "image/compression.h"
#include "vmedia/build/fat_image.h"
#include "vmedia/build/gzip.h"
#include "vmedia/build/iso_image.h"
#include "vmedia/build/second_media.h"

#include <algorithm>

namespace isolde::conductor {
namespace {

using base::Json;
using base::Result;

constexpr auto kLargestImage = base::mebibytes(64);  // Ironic's limit

/// A copy in memory, to be looked at.
class MemorySource final : public image::ByteSource {
  public:
    explicit MemorySource(base::ByteView bytes) : bytes_(bytes) {}
    std::uint64_t size() const override { return bytes_.size(); }
    Result<void> read(std::uint64_t offset, std::span<std::byte> out) const override {
        if (offset > bytes_.size() || out.size() > bytes_.size() - offset) {
            return base::corrupt("the image ends at byte " + std::to_string(bytes_.size()));
        }
        std::copy_n(bytes_.data() + offset, out.size(), out.data());
        return {};
    }

  private:
    base::ByteView bytes_;
};

std::string text_of(const Json& part) {
    return part.is_null() ? "" : base::dump_json(part);
}

Json identified(const Json& meta_data, const Node& node) {
    Json identified = meta_data.is_null() ? Json::object() : meta_data;
    if (!identified.contains("uuid")) identified["uuid"] = node.id.str();
    if (!identified.contains("name") && !node.name.empty()) identified["name"] = node.name;
    return identified;
}

Result<vmedia::MediaContent> content_of(const ConfigDriveField& drive, const Node& node) {
    return vmedia::config_drive({base::dump_json(identified(drive.meta_data, node)), text_of(drive.network_data),
                                 text_of(drive.vendor_data), drive.user_data});
}

Result<base::Bytes> unpack(const base::Bytes& packed) {
    const bool gzip = image::stream_format(packed) == image::StreamFormat::Gzip;
    base::Bytes image = gzip ? TRY(vmedia::gunzip(packed, kLargestImage)) : packed;
    const auto found = TRY(image::classify(MemorySource(image)));
    if (!found.is_iso() && found.kind != image::ImageKind::RawDisk) {
        return base::invalid_argument("it holds neither an ISO 9660 image nor a FAT, but " + found.name);
    }
    return image;
}

/// NoCloud's names for what a config drive says.
Json seed_meta_data(const Json& meta_data) {
    Json seed = {{"instance-id", meta_data["uuid"]}};
    for (const auto& [from, to] : {std::pair("name", "local-hostname"), std::pair("hostname", "local-hostname"),
                                   std::pair("public_keys", "public-keys")}) {
        if (meta_data.contains(from)) seed[to] = meta_data[from];
    }
    return seed;
}

bool has_seed(const vmedia::Recognition& image) {
    return image.has(vmedia::Installer::Casper) || image.has(vmedia::Installer::LiveBuild);
}

base::Error cannot_merge(const std::string& why) {
    return base::unsupported(
        "the config drive needs a second virtual-media slot, for it cannot be merged into the boot image: " + why +
        "; put what it says into inject_files or presets instead");
}

}  // namespace

Result<void> check_config_drive(const ConfigDriveField& drive, const Node& node) {
    if (!drive.packed.empty() && drive.delivery == ConfigDriveDelivery::Merge) {
        return base::unsupported(
            "configdrive: one given as an image cannot be merged into the boot image; give it by its parts");
    }
    if (drive.packed.empty()) {
        TRY(content_of(drive, node).with_context("configdrive"));
    } else {
        TRY(unpack(drive.packed).with_context("configdrive"));
    }
    return {};
}

Result<base::Bytes> config_drive_image(const ConfigDriveField& drive, const Node& node) {
    if (!drive.packed.empty()) {
        return unpack(drive.packed).with_context("configdrive");
    }
    const vmedia::MediaContent content = TRY(content_of(drive, node).with_context("configdrive"));
    return drive.format == ConfigDriveFormat::Vfat ? vmedia::build_fat(content) : vmedia::build_iso(content);
}

Result<void> merge_config_drive(vmedia::InjectionPlan& plan, const ConfigDriveField& drive, const Node& node,
                                const vmedia::Recognition& image) {
    if (!drive.packed.empty()) {
        return cannot_merge("it was given as an image");
    }
    if (image.volume_id == "config-2") {
        for (auto& file : TRY(content_of(drive, node)).files) {
            vmedia::InjectedFile injected;
            injected.path = std::move(file.path);
            injected.content = std::move(file.content);
            injected.secret = true;
            plan.files.push_back(std::move(injected));
        }
        return {};
    }
    if (!has_seed(image)) {
        return cannot_merge("its label is \"" + image.volume_id + "\", not config-2, and it has " + image.text());
    }
    if (!drive.network_data.is_null() || !drive.vendor_data.is_null()) {
        return cannot_merge("its live system takes user data and meta data only, no network_data and vendor_data");
    }
    const Json meta_data = seed_meta_data(identified(drive.meta_data, node));
    plan.presets.push_back({vmedia::PresetKind::CloudInit, base::to_bytes(drive.user_data),
                            base::to_bytes(base::dump_json(meta_data) + "\n"), true});
    return {};
}

}  // namespace isolde::conductor
