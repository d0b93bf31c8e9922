// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/build/second_media.h"

#include "base/digest.h"
#include "base/json.h"

#include <utility>

namespace isolde::vmedia {
namespace {

MediaFile file(std::string path, const std::string& content) {
    return {std::move(path), base::to_bytes(content)};
}

/// Each part with its length, so that no two lists of parts give the same identity.
std::string identity_of(std::initializer_list<std::string_view> parts) {
    base::Hasher hasher(base::DigestAlgorithm::Sha256);
    for (const std::string_view part : parts) {
        hasher.update(std::to_string(part.size()) + ":");
        hasher.update(part);
    }
    return hasher.finish().hex();
}

/// A UUID of version 8 (RFC 9562 §5.8) of an identity's first digits.
std::string uuid_of(const std::string& identity) {
    return identity.substr(0, 8) + "-" + identity.substr(8, 4) + "-8" + identity.substr(13, 3) + "-8" +
           identity.substr(17, 3) + "-" + identity.substr(20, 12);
}

base::Result<base::Json> parse_object(const std::string& text, const char* name) {
    auto parsed = base::parse_json(text);
    if (!parsed.ok() || !parsed->is_object()) {
        return base::invalid_argument(std::string(name) + " of a config drive must be a JSON object");
    }
    return parsed;
}

base::Result<void> add_json(MediaContent& content, const char* name, const std::string& text) {
    if (!text.empty()) {
        TRY(parse_object(text, name));
        content.files.push_back(file("/openstack/latest/" + std::string(name) + ".json", text));
    }
    return {};
}

/// As it was given, when it has a uuid.
base::Result<std::string> identified_meta_data(const ConfigDrive& drive) {
    base::Json meta_data =
        drive.meta_data.empty() ? base::Json::object() : TRY(parse_object(drive.meta_data, "meta_data"));
    if (meta_data.contains("uuid")) {
        return drive.meta_data;
    }
    meta_data["uuid"] = uuid_of(identity_of({drive.meta_data, drive.network_data, drive.vendor_data, drive.user_data}));
    return base::dump_json(meta_data);
}

}  // namespace

base::Result<MediaContent> config_drive(const ConfigDrive& drive) {
    MediaContent content{"config-2", {}};
    TRY(add_json(content, "meta_data", TRY(identified_meta_data(drive))));
    TRY(add_json(content, "network_data", drive.network_data));
    TRY(add_json(content, "vendor_data", drive.vendor_data));
    if (!drive.user_data.empty()) {
        content.files.push_back(file("/openstack/latest/user_data", drive.user_data));
    }
    return content;
}

MediaContent cidata(const CloudInitSeed& seed) {
    MediaContent content{"CIDATA", {file("/user-data", seed.user_data)}};
    const std::string identity = identity_of({seed.user_data, seed.network_config, seed.vendor_data});
    const std::string made = "instance-id: " + uuid_of(identity) + "\n";
    content.files.push_back(file("/meta-data", seed.meta_data.empty() ? made : seed.meta_data));
    if (!seed.network_config.empty()) {
        content.files.push_back(file("/network-config", seed.network_config));
    }
    if (!seed.vendor_data.empty()) {
        content.files.push_back(file("/vendor-data", seed.vendor_data));
    }
    return content;
}

MediaContent oemdrv(const std::string& kickstart) {
    return {"OEMDRV", {file("/ks.cfg", kickstart)}};
}

MediaContent autounattend(const std::string& answer_file) {
    return {"UNATTEND", {file("/autounattend.xml", answer_file)}};
}

}  // namespace isolde::vmedia
