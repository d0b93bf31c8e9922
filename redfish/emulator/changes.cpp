// SPDX-License-Identifier: GPL-3.0-or-later
#include "redfish/emulator/changes.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace isolde::emulator {
namespace {

using base::Json;

constexpr std::size_t kLongestUrl = 2048;

bool contains(const std::vector<std::string>& list, std::string_view value) {
    return std::find(list.begin(), list.end(), value) != list.end();
}

std::string shown(const Json& value) {
    return value.is_string() ? value.get<std::string>() : base::dump_json(value);
}

/// Refuses the first member of `body` that is not in `writable`; one that the resource shows is read-only.
Refusal check_writable(const Json& body, const std::string& pointer, const std::vector<std::string>& writable,
                       const std::vector<std::string>& read_only) {
    for (const auto& [name, value] : body.items()) {
        if (contains(writable, name)) {
            continue;
        }
        const Message message = contains(read_only, name) ? Message::PropertyNotWritable : Message::PropertyUnknown;
        return refuse(message, {name}, {pointer + "/" + name});
    }
    return std::nullopt;
}

Refusal check_choice(const Json& boot, const std::string& name, const std::vector<std::string>& choices) {
    const auto found = boot.find(name);
    if (found == boot.end()) {
        return std::nullopt;
    }
    const std::string pointer = "/Boot/" + name;
    if (!found->is_string()) {
        return refuse(Message::PropertyTypeError, {shown(*found), name}, {pointer});
    }
    if (!contains(choices, found->get<std::string>())) {
        return refuse(Message::PropertyNotInList, {shown(*found), name}, {pointer});
    }
    return std::nullopt;
}

Refusal check_boot(const Json& boot, const Profile& profile) {
    if (!boot.is_object()) {
        return refuse(Message::PropertyTypeError, {shown(boot), "Boot"}, {"/Boot"});
    }
    const std::vector<std::string> writable = {"BootSourceOverrideEnabled", "BootSourceOverrideTarget",
                                               "BootSourceOverrideMode", "HttpBootUri"};
    if (Refusal refusal = check_writable(boot, "/Boot", writable, {})) {
        return refusal;
    }
    if (Refusal refusal = check_choice(boot, "BootSourceOverrideEnabled", {"Disabled", "Once", "Continuous"})) {
        return refusal;
    }
    if (Refusal refusal = check_choice(boot, "BootSourceOverrideTarget", profile.boot_targets)) {
        return refusal;
    }
    if (Refusal refusal = check_choice(boot, "BootSourceOverrideMode", {"Legacy", "UEFI"})) {
        return refusal;
    }
    const auto uri = boot.find("HttpBootUri");
    if (uri != boot.end() && !uri->is_string() && !uri->is_null()) {
        return refuse(Message::PropertyTypeError, {shown(*uri), "HttpBootUri"}, {"/Boot/HttpBootUri"});
    }
    return std::nullopt;
}

/// `current` with what `boot`, which was checked, changes.
BootOverride merged(BootOverride current, const Json& boot) {
    if (boot.contains("BootSourceOverrideEnabled")) {
        const std::string enabled = boot["BootSourceOverrideEnabled"];
        current.enabled = enabled == "Once"         ? OverrideEnabled::Once
                          : enabled == "Continuous" ? OverrideEnabled::Continuous
                                                    : OverrideEnabled::Disabled;
    }
    if (boot.contains("BootSourceOverrideTarget")) {
        current.target = boot["BootSourceOverrideTarget"];
    }
    if (boot.contains("BootSourceOverrideMode")) {
        current.mode = boot["BootSourceOverrideMode"] == "UEFI" ? BootMode::Uefi : BootMode::Legacy;
    }
    if (boot.contains("HttpBootUri")) {
        current.http_boot_uri = boot["HttpBootUri"].is_null() ? std::string() : boot["HttpBootUri"].get<std::string>();
    }
    return current;
}

enum class ParameterType { Text, Boolean };

struct Parameter {
    std::string_view name;
    ParameterType type;
};

constexpr std::array kInsertParameters = {Parameter{"Image", ParameterType::Text},
                                          Parameter{"Inserted", ParameterType::Boolean},
                                          Parameter{"WriteProtected", ParameterType::Boolean},
                                          Parameter{"UserName", ParameterType::Text},
                                          Parameter{"Password", ParameterType::Text},
                                          Parameter{"TransferProtocolType", ParameterType::Text},
                                          Parameter{"TransferMethod", ParameterType::Text}};

Refusal check_insert_types(const Json& body) {
    for (const auto& member : body.items()) {
        const std::string& name = member.key();
        const Json& value = member.value();
        const auto* const known = std::find_if(kInsertParameters.begin(), kInsertParameters.end(),
                                               [&](const Parameter& one) { return one.name == name; });
        if (known == kInsertParameters.end()) {
            return refuse(Message::ActionParameterUnknown, {"InsertMedia", name}, {"/" + name});
        }
        const bool fits = known->type == ParameterType::Text ? value.is_string() : value.is_boolean();
        if (!fits) {
            return refuse(Message::ActionParameterTypeError, {shown(value), name, "InsertMedia"}, {"/" + name});
        }
    }
    return std::nullopt;
}

/// "HTTP" for "http://…"; empty for text that is no URL.
std::string protocol_of(const std::string& url) {
    const std::size_t end = url.find("://");
    if (end == std::string::npos || end == 0 || url.size() == end + 3 || url[end + 3] == '/') {
        return "";
    }
    std::string scheme = url.substr(0, end);
    std::transform(scheme.begin(), scheme.end(), scheme.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return scheme;
}

Refusal check_image(const Json& body, const Profile& profile) {
    if (!body.contains("Image")) {
        return refuse(Message::ActionParameterMissing, {"InsertMedia", "Image"}, {"/Image"});
    }
    const std::string image = body["Image"];
    const std::string protocol = protocol_of(image);
    if (protocol.empty() || image.size() > kLongestUrl || image.find_first_of(" \t\r\n") != std::string::npos) {
        return refuse(Message::ActionParameterFormat, {image, "Image", "InsertMedia"}, {"/Image"});
    }
    if (!contains(profile.transfer_protocols, protocol)) {
        return refuse(Message::ActionParameterNotInList, {image, "Image", "InsertMedia"}, {"/Image"});
    }
    const std::string declared = body.value("TransferProtocolType", protocol);
    if (declared != protocol) {
        const bool known = contains(profile.transfer_protocols, declared);
        return refuse(known ? Message::ActionParameterConflict : Message::ActionParameterNotInList,
                      known ? std::vector<std::string>{"TransferProtocolType", declared}
                            : std::vector<std::string>{declared, "TransferProtocolType", "InsertMedia"},
                      {"/TransferProtocolType"});
    }
    if (body.value("TransferMethod", "Stream") != "Stream") {
        return refuse(Message::ActionParameterNotInList, {body["TransferMethod"], "TransferMethod", "InsertMedia"},
                      {"/TransferMethod"});
    }
    return std::nullopt;
}

}  // namespace

Refusal patch_system(System& system, const Profile& profile, const Json& body) {
    const std::vector<std::string> read_only = {"Id",     "Name",         "SystemType",  "Manufacturer", "Model",
                                                "Status", "SerialNumber", "UUID",        "PowerState",   "BootProgress",
                                                "Links",  "Actions",      "VirtualMedia"};
    if (Refusal refusal = check_writable(body, "", {"Boot", "AssetTag"}, read_only)) {
        return refusal;
    }
    if (body.contains("AssetTag") && !body["AssetTag"].is_string()) {
        return refuse(Message::PropertyTypeError, {shown(body["AssetTag"]), "AssetTag"}, {"/AssetTag"});
    }
    if (body.contains("Boot")) {
        if (Refusal refusal = check_boot(body["Boot"], profile)) {
            return refusal;
        }
        system.machine.set_override(merged(system.machine.boot_override(), body["Boot"]));
    }
    if (body.contains("AssetTag")) {
        system.asset_tag = body["AssetTag"];
    }
    return std::nullopt;
}

Refusal patch_media(Slot& slot, const Json& body) {
    const std::vector<std::string> read_only = {
        "Id",           "Name",           "MediaTypes", "Image",    "ImageName", "Inserted", "WriteProtected",
        "ConnectedVia", "TransferMethod", "UserName",   "Password", "Actions"};
    if (Refusal refusal = check_writable(body, "", {"VerifyCertificate"}, read_only)) {
        return refusal;
    }
    if (!body.contains("VerifyCertificate")) {
        return std::nullopt;
    }
    if (!body["VerifyCertificate"].is_boolean()) {
        return refuse(Message::PropertyTypeError, {shown(body["VerifyCertificate"]), "VerifyCertificate"},
                      {"/VerifyCertificate"});
    }
    slot.verify_certificate = body["VerifyCertificate"];
    return std::nullopt;
}

Refusal reset_system(System& system, const Profile& profile, const Json& body, base::SteadyTime now) {
    for (const auto& [name, value] : body.items()) {
        if (name != "ResetType") {
            return refuse(Message::ActionParameterUnknown, {"Reset", name}, {"/" + name});
        }
    }
    if (!body.contains("ResetType")) {
        return refuse(Message::ActionParameterMissing, {"Reset", "ResetType"}, {"/ResetType"});
    }
    const Json& type = body["ResetType"];
    if (!type.is_string()) {
        return refuse(Message::ActionParameterTypeError, {shown(type), "ResetType", "Reset"}, {"/ResetType"});
    }
    if (!contains(profile.reset_types, shown(type))) {
        return refuse(Message::ActionParameterNotInList, {shown(type), "ResetType", "Reset"}, {"/ResetType"});
    }
    const ResetOutcome outcome = system.machine.reset(shown(type), now);
    const bool tolerated = outcome == ResetOutcome::Redundant && profile.redundant_reset == RedundantReset::Accept;
    if (outcome == ResetOutcome::Done || tolerated) {
        return std::nullopt;
    }
    return refuse(Message::ActionParameterConflict, {"ResetType", shown(type)}, {"/ResetType"});
}

Refusal insert_media(Machine& machine, Slot& slot, const Profile& profile, const Json& body, base::SteadyTime now) {
    if (Refusal refusal = check_insert_types(body)) {
        return refusal;
    }
    if (Refusal refusal = check_image(body, profile)) {
        return refusal;
    }
    if (slot.busy || !slot.image.empty()) {
        return refuse(Message::ResourceInUse);
    }
    if (!body.value("Inserted", true)) {
        return refuse(Message::ActionParameterNotInList, {"false", "Inserted", "InsertMedia"}, {"/Inserted"});
    }
    slot.write_protected = body.value("WriteProtected", true);
    slot.user_name = body.value("UserName", "");
    machine.insert(slot, body["Image"], now);
    return std::nullopt;
}

Refusal eject_media(Machine& machine, Slot& slot, const Json& body, base::SteadyTime now) {
    if (!body.empty()) {
        const std::string name = body.begin().key();
        return refuse(Message::ActionParameterUnknown, {"EjectMedia", name}, {"/" + name});
    }
    if (!slot.image.empty()) {
        machine.eject(slot, now);
    }
    return std::nullopt;
}

}  // namespace isolde::emulator
