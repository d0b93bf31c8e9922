// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/build/merge.h"

#include "base/json.h"
#include "vmedia/compose/presets.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <string_view>
#include <utility>

namespace isolde::vmedia {
namespace {

using base::Json;

constexpr std::string_view kAgentLabel = "VMEDIA_BOOT_ISO";
constexpr std::size_t kMaxNetworkArgument = 1024;  // of the 2048 bytes of x86 Linux' command line
constexpr const char* kOwnSlot = "; give it in a slot of its own, or leave it out";

std::string upper(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(), [](unsigned char c) { return std::toupper(c); });
    return result;
}

base::Error unread(const std::string& what, const std::string& why, const std::string& instead = kOwnSlot) {
    return base::unsupported(what + " cannot be merged into the boot image: " + why + instead);
}

InjectedFile iso_file(std::string path, base::Bytes content, std::uint32_t mode = 0644) {
    InjectedFile file;
    file.path = std::move(path);
    file.content = std::move(content);
    file.mode = mode;
    file.secret = true;
    return file;
}

void add_preset(InjectionPlan& plan, PresetKind kind, std::string_view content, std::string_view meta_data = {}) {
    plan.presets.push_back({kind, base::to_bytes(content), base::to_bytes(meta_data), true});
}

void put_as_it_is(InjectionPlan& plan, const MediaContent& medium) {
    for (const MediaFile& file : medium.files) {
        plan.files.push_back(iso_file(file.path, file.content, file.mode));
    }
}

bool has_seed(const Recognition& image) {
    return image.has(Installer::Casper) || image.has(Installer::LiveBuild);
}

/// The medium's text files by name; each may be taken once, and what is left over was not understood.
class Parts {
  public:
    void add(const std::string& name, base::ByteView content) { parts_[name] = base::as_text(content); }
    std::string take(const std::string& name) {
        const auto found = parts_.find(name);
        return found == parts_.end() ? std::string() : parts_.extract(found).mapped();
    }
    /// Errors: Unsupported naming a part that was not taken.
    base::Result<void> check_all_taken(const std::string& medium, const std::string& why) const {
        return parts_.empty() ? base::Result<void>() : unread(medium + "'s " + parts_.begin()->first, why);
    }

  private:
    std::map<std::string, std::string> parts_;
};

/// Null, empty, or all of its members so.
bool says_nothing(const Json& json) {
    if (json.is_object() || json.is_array()) {
        return std::all_of(json.begin(), json.end(), says_nothing);
    }
    return json.is_null();
}

base::Result<Json> take_json(Parts& parts, const std::string& name) {
    const std::string text = parts.take(name);
    if (text.empty()) {
        return Json::object();
    }
    auto parsed = base::parse_json(text);
    if (!parsed.ok() || !parsed->is_object()) {
        return base::invalid_argument("the config drive's " + name + " is no JSON object");
    }
    return parsed;
}

/// The parts below /openstack/latest. Other versions, and EC2's form, say the same once more.
Parts parts_of_config_drive(const MediaContent& drive) {
    constexpr std::string_view kLatest = "/openstack/latest/";
    Parts parts;
    for (const MediaFile& file : drive.files) {
        const std::string_view path = file.path;
        const bool dated = path.starts_with("/openstack/2") || path.starts_with("/ec2/");
        if (path.starts_with(kLatest)) {
            parts.add(std::string(path.substr(kLatest.size())), file.content);
        } else if (!dated) {
            parts.add(file.path, file.content);
        }
    }
    return parts;
}

struct Drive {
    Json meta_data;
    Json network_data;
    Json vendor_data;
    std::string user_data;
};

base::Result<Drive> read_drive(const MediaContent& medium) {
    Parts parts = parts_of_config_drive(medium);
    Drive drive;
    drive.meta_data = TRY(take_json(parts, "meta_data.json"));
    drive.network_data = TRY(take_json(parts, "network_data.json"));
    drive.vendor_data = TRY(take_json(parts, "vendor_data.json"));
    drive.user_data = parts.take("user_data");
    if (const Json more = TRY(take_json(parts, "vendor_data2.json")); !says_nothing(more)) {
        return unread("the config drive's vendor_data2.json", "it is read from config drives alone");
    }
    TRY(parts.check_all_taken("the config drive", "it is read from config drives alone"));
    return drive;
}

/// NoCloud's names for what meta_data.json says. JSON is YAML too.
std::string seed_meta_data(const Json& meta_data) {
    constexpr std::pair<const char*, const char*> kNames[] = {{"uuid", "instance-id"},
                                                              {"name", "local-hostname"},
                                                              {"hostname", "local-hostname"},
                                                              {"public_keys", "public-keys"}};
    Json seed = Json::object();
    for (const auto& [from, to] : kNames) {
        if (meta_data.contains(from)) {
            seed[to] = meta_data[from];
        }
    }
    return base::dump_json(seed) + "\n";
}

base::Result<void> merge_into_seed(InjectionPlan& plan, const Drive& drive) {
    if (!says_nothing(drive.network_data)) {
        return unread("the config drive's network_data.json", "cloud-init reads it from config drives alone",
                      "; give it in a slot of its own, or a medium CIDATA with cloud-init's network-config instead");
    }
    // Of vendor data cloud-init looks at this member alone.
    if (const Json vendor = drive.vendor_data.value("cloud-init", Json()); vendor.is_string()) {
        plan.files.push_back(
            iso_file(std::string(kSeedDirectory) + "/vendor-data", base::to_bytes(vendor.get<std::string>())));
    } else if (!says_nothing(vendor)) {
        return unread("the config drive's vendor_data.json", "a NoCloud seed takes vendor data as one text");
    }
    add_preset(plan, PresetKind::CloudInit, drive.user_data, seed_meta_data(drive.meta_data));
    return {};
}

base::Result<void> merge_into_coreos(InjectionPlan& plan, const Drive& drive) {
    const auto config = base::parse_json(drive.user_data);
    if (!config.ok() || !config->is_object() || !config->contains("ignition")) {
        return unread("the config drive", "CoreOS takes user data that is an Ignition configuration, and this is none");
    }
    if (!says_nothing(drive.network_data) || !says_nothing(drive.vendor_data)) {
        return unread("the config drive's network_data.json and vendor_data.json", "CoreOS takes user data alone",
                      "; put the network into the Ignition configuration or into kernel arguments (ip=)");
    }
    add_preset(plan, PresetKind::Ignition, drive.user_data);
    return {};
}

base::Result<void> merge_for_agent(InjectionPlan& plan, const Drive& drive) {
    if (!drive.user_data.empty() || !says_nothing(drive.vendor_data)) {
        return unread("the config drive's user_data", "an image labelled VMEDIA_BOOT_ISO takes network data alone",
                      "; give it in a slot of its own, or an image with the label config-2");
    }
    if (!says_nothing(drive.network_data)) {
        add_preset(plan, PresetKind::NetworkData, base::dump_json(drive.network_data));
    }
    return {};
}

base::Result<void> merge_config_drive(InjectionPlan& plan, const MediaContent& medium, const Recognition& image) {
    const Drive drive = TRY(read_drive(medium));
    if (image.has(Installer::CoreOs)) {
        return merge_into_coreos(plan, drive);
    }
    if (has_seed(image)) {
        return merge_into_seed(plan, drive);
    }
    if (image.volume_id == kAgentLabel) {
        return merge_for_agent(plan, drive);
    }
    return unread("the config drive", "this image, which has " + image.text() + ", reads none",
                  "; give it in a slot of its own, or the answer file of the image's installer instead");
}

/// A seed directory's network-config is read by the newest versions of cloud-init only, the argument by all.
base::Result<void> add_network_config(InjectionPlan& plan, const std::string& config) {
    const std::string argument = "network-config=" + base::to_base64(base::as_bytes(config));
    if (argument.size() > kMaxNetworkArgument) {
        return unread("the medium's network-config", "as a kernel argument it would have " +
                                                         std::to_string(argument.size()) + " characters of at most " +
                                                         std::to_string(kMaxNetworkArgument));
    }
    plan.append.push_back(argument);
    return {};
}

base::Result<void> merge_cidata(InjectionPlan& plan, const MediaContent& medium, const Recognition& image) {
    if (!has_seed(image)) {
        return unread("the medium CIDATA",
                      "this image, which has " + image.text() + ", has no cloud-init that is known",
                      "; give it in a slot of its own, or the answer file of the image's installer instead");
    }
    Parts parts;
    for (const MediaFile& file : medium.files) {
        parts.add(file.path, file.content);
    }
    const std::string user_data = parts.take("/user-data");
    add_preset(plan, PresetKind::CloudInit, user_data, parts.take("/meta-data"));
    if (const std::string vendor = parts.take("/vendor-data"); !vendor.empty()) {
        plan.files.push_back(iso_file(std::string(kSeedDirectory) + "/vendor-data", base::to_bytes(vendor)));
    }
    if (const std::string network = parts.take("/network-config"); !network.empty()) {
        TRY(add_network_config(plan, network));
    }
    return parts.check_all_taken("the medium CIDATA", "cloud-init does not look for it");
}

base::Result<void> merge_oemdrv(InjectionPlan& plan, const MediaContent& medium, const Recognition& image) {
    if (!image.has(Installer::Anaconda)) {
        return unread("the medium OEMDRV", "Anaconda alone reads it, and this image has " + image.text(),
                      "; give the answer file of the image's installer instead");
    }
    Parts parts;
    for (const MediaFile& file : medium.files) {
        parts.add(file.path, file.content);
    }
    if (const std::string kickstart = parts.take("/ks.cfg"); !kickstart.empty()) {
        add_preset(plan, PresetKind::Kickstart, kickstart);
    }
    return parts.check_all_taken("the medium OEMDRV", "Anaconda takes drivers from a medium of that label alone");
}

bool is_answer_medium(const MediaContent& medium) {
    return std::any_of(medium.files.begin(), medium.files.end(),
                       [](const MediaFile& file) { return upper(file.path) == "/AUTOUNATTEND.XML"; });
}

base::Result<void> merge_answers(InjectionPlan& plan, const MediaContent& medium, const Recognition& image) {
    if (image.udf) {
        return unread("autounattend.xml", "Windows reads the image's UDF file system, which cannot be changed",
                      "; give it in a slot of its own");
    }
    if (!image.has(Installer::Windows)) {
        return unread("autounattend.xml", "Windows Setup alone reads it, and this image has " + image.text(),
                      "; give the answer file of the image's installer instead");
    }
    put_as_it_is(plan, medium);
    return {};
}

}  // namespace

base::Result<void> merge_medium(InjectionPlan& plan, const MediaContent& medium, const Recognition& image) {
    const std::string label = upper(medium.label);
    if (label == upper(image.volume_id)) {
        put_as_it_is(plan, medium);
        return {};
    }
    if (label == "CONFIG-2") {
        return merge_config_drive(plan, medium, image);
    }
    if (label == "CIDATA") {
        return merge_cidata(plan, medium, image);
    }
    if (label == "OEMDRV") {
        return merge_oemdrv(plan, medium, image);
    }
    if (is_answer_medium(medium)) {
        return merge_answers(plan, medium, image);
    }
    return unread("the medium " + medium.label, "whatever looks for it does so by its label",
                  "; give it in a slot of its own, or its files as files of the boot image");
}

}  // namespace isolde::vmedia
