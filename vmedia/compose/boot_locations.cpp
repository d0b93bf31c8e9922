// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/boot_locations.h"

#include "image/fields.h"

#include <algorithm>
#include <cctype>
#include <initializer_list>

namespace isolde::vmedia {
namespace {

std::string lower(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    return result;
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> list) {
    return std::find(list.begin(), list.end(), text) != list.end();
}

std::string join(const std::vector<std::string_view>& parts) {
    std::string path;
    for (const auto part : parts) {
        path.append("/").append(part);
    }
    return path;
}

std::optional<BootLoader> loader_by_place(const std::vector<std::string_view>& parts) {
    if (is_one_of(parts.back(), {"isolinux.cfg", "syslinux.cfg", "extlinux.conf"})) {
        return BootLoader::Isolinux;
    }
    if (parts.back() == "loader.conf") {
        return BootLoader::LoaderConf;
    }
    for (auto part = parts.rbegin() + 1; part < parts.rend(); ++part) {
        if (is_one_of(*part, {"isolinux", "syslinux", "extlinux"})) {
            return BootLoader::Isolinux;
        }
        if (*part == "entries" && part + 1 != parts.rend() && part[1] == "loader") {
            return BootLoader::Bls;
        }
        if (part->substr(0, 4) == "grub" || *part == "efi") {
            return BootLoader::Grub;
        }
    }
    return std::nullopt;
}

std::optional<BootLoader> loader_by_commands(std::string_view text) {
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        const auto begin = std::min(line.find_first_not_of(" \t"), line.size());
        const std::string word = lower(line.substr(begin, line.find_first_of(" \t\r", begin) - begin));
        if (word == "menuentry" || word == "submenu") {
            return BootLoader::Grub;
        }
        if (is_one_of(word, {"label", "append", "kernel", "prompt"})) {
            return BootLoader::Isolinux;
        }
    }
    return std::nullopt;
}

bool ends_with(std::string_view text, std::string_view end) {
    return text.size() >= end.size() && lower(text.substr(text.size() - end.size())) == end;
}

}  // namespace

bool is_boot_directory(std::string_view name) {
    const std::string known = lower(name);
    return known.substr(0, 4) == "grub" ||
           is_one_of(known, {"boot", "efi", "isolinux", "syslinux", "loader", "arch", "images", "casper", "live"});
}

bool is_decoration(std::string_view name) {
    return is_one_of(lower(name), {"fonts", "locale", "themes", "theme", "i18n", "help"});
}

bool is_configuration_name(std::string_view path) {
    return ends_with(path, ".cfg") || ends_with(path, ".conf");
}

bool is_efi_program_name(std::string_view path) {
    return ends_with(path, ".efi");
}

std::optional<BootLoader> loader_of(std::string_view path, std::string_view text) {
    const std::string known = lower(path);
    const auto parts = image::path_parts(known);
    if (parts.empty()) {
        return std::nullopt;
    }
    const auto by_place = loader_by_place(parts);
    return by_place ? by_place : loader_by_commands(text);
}

std::optional<std::string> resolve_written_path(std::string_view config_path, std::string_view path) {
    if (path.empty() || path.find_first_of("$*?{}()") != std::string_view::npos) {
        return std::nullopt;
    }
    std::vector<std::string_view> parts;
    if (path.front() != '/') {
        parts = image::path_parts(config_path);
        parts.pop_back();
    }
    for (const auto part : image::path_parts(path)) {
        if (part == ".." && !parts.empty()) {
            parts.pop_back();
        } else if (part != "." && part != "..") {
            parts.push_back(part);
        }
    }
    return parts.empty() ? std::nullopt : std::optional(join(parts));
}

}  // namespace isolde::vmedia
