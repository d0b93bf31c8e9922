// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/cli/deployment_body.h"

#include "base/files.h"

#include <array>

namespace isolde::cli {
namespace {

using base::Json;
using base::Result;

constexpr auto kLargestFile = base::mebibytes(1);
constexpr auto kLargestImage = base::mebibytes(5);  // its base64 has to fit into a request

void put(Json& body, const char* name, const std::string& value) {
    if (!value.empty()) {
        body[name] = value;
    }
}

void put(Json& body, const char* name, const std::vector<std::string>& values) {
    if (!values.empty()) {
        body[name] = values;
    }
}

std::string octal(std::uint32_t mode) {
    std::string text(4, '0');
    for (auto digit = text.rbegin(); digit != text.rend(); ++digit, mode /= 8) {
        *digit = static_cast<char>('0' + mode % 8);
    }
    return text;
}

Json file_entry(const LocalFile& file, const char* target) {
    Json entry = {{"path", file.path}, {"target", target}};
    switch (file.kind) {
        case LocalKind::File:
            entry["content_base64"] = base::to_base64(file.content);
            entry["mode"] = octal(file.mode);
            break;
        case LocalKind::Directory:
            entry["kind"] = "directory";
            entry["mode"] = octal(file.mode);
            break;
        case LocalKind::Symlink:
            entry["kind"] = "symlink";
            entry["link_target"] = file.link_target;
            break;
    }
    return entry;
}

void put_sources(Json& body, const DeployOptions& options) {
    put(body, "boot_iso", options.iso);
    put(body, "boot_iso_checksum", options.checksum);
    put(body, "kernel", options.kernel);
    put(body, "kernel_checksum", options.kernel_checksum);
    put(body, "ramdisk", options.ramdisk);
    put(body, "ramdisk_checksum", options.ramdisk_checksum);
    put(body, "bootloader", options.bootloader);
    put(body, "bootloader_checksum", options.bootloader_checksum);
}

Result<void> put_files(Json& body, const EditOptions& options) {
    const LocalEdits edits = TRY(read_edits(options, {kLargestFile, kLargestFile}, kLargestFile));
    for (const auto& [files, target] :
         std::array{std::pair(&edits.iso, "iso"), std::pair(&edits.initrd, "initrd"), std::pair(&edits.efi, "efi")}) {
        for (const LocalFile& file : *files) {
            body["inject_files"].push_back(file_entry(file, target));
        }
    }
    return {};
}

Result<void> put_presets(Json& body, const EditOptions& options) {
    for (const LocalPreset& preset : TRY(read_presets(options, kLargestFile))) {
        Json entry = {{"kind", preset.kind}, {"content_base64", base::to_base64(preset.content)}};
        if (!preset.meta_data.empty()) {
            entry["meta_data_base64"] = base::to_base64(preset.meta_data);
        }
        body["presets"].push_back(std::move(entry));
    }
    return {};
}

Result<void> put_media(Json& body, const std::vector<std::string>& media) {
    for (const std::string& medium : media) {
        const auto equals = medium.find('=');
        if (equals == std::string::npos || equals == 0) {
            return base::invalid_argument("\"" + medium + "\" is not of the form ROLE=URL, such as drivers=http://…");
        }
        body["media"].push_back({{"role", medium.substr(0, equals)}, {"source", medium.substr(equals + 1)}});
    }
    return {};
}

/// A URL as it is; of a file its parts, as text, else its image.
Result<Json> config_drive_of(const std::string& path) {
    if (path.find("://") != std::string::npos) {
        return Json(path);
    }
    const std::string content = TRY(base::read_file(path, kLargestImage));
    const auto first = content.find_first_not_of(" \t\r\n");
    if (first != std::string::npos && content[first] == '{') {
        return base::parse_json(content).with_context(path);
    }
    return Json(base::to_base64(base::as_bytes(content)));
}

}  // namespace

Result<Json> deployment_body(const DeployOptions& options) {
    const EditOptions& edits = options.edits;
    Json body = {{"node", options.node}};
    put_sources(body, options);
    put(body, "ramdisk_kernel_arguments", edits.append);
    put(body, "kernel_remove_params", edits.remove);
    put(body, "kernel_replace_params", edits.replace);
    put(body, "boot_entries", edits.entries);
    put(body, "default_boot_entry", edits.default_entry);
    put(body, "delete_files", edits.deletions);
    TRY(put_files(body, edits));
    TRY(put_presets(body, edits));
    if (!options.config_drive.empty()) {
        body["configdrive"] = TRY(config_drive_of(options.config_drive));
    }
    TRY(put_media(body, options.media));
    put(body, "media_check", options.media_check);
    put(body, "one_shot_release", options.release);
    if (options.one_shot) {
        body["one_shot"] = true;
    }
    if (edits.attended) {
        body["attended"] = true;
    }
    return body;
}

}  // namespace isolde::cli
