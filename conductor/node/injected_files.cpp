// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/node/injected_files.h"

#include "conductor/node/names.h"

#include <algorithm>
#include <charconv>
#include <set>

namespace isolde::conductor {
namespace {

using base::JsonReader;
using base::Result;

constexpr std::array kTargets{Name{InjectTarget::Iso, "iso"}, Name{InjectTarget::Initrd, "initrd"},
                              Name{InjectTarget::Efi, "efi"}};
constexpr std::size_t kLongestPath = 1024;
constexpr std::size_t kLongestName = 255;
constexpr std::int64_t kPermissionBits = 0777;

Result<void> check_path_part(std::string_view part, const std::string& field) {
    if (part.empty() || part == "." || part == "..") {
        return base::invalid_argument(field + R"( has an empty, "." or ".." part)");
    }
    if (part.size() > kLongestName) {
        return base::invalid_argument(field + " has a name of more than 255 bytes");
    }
    return {};
}

Result<void> check_path(const std::string& path, const std::string& field) {
    if (path.empty() || path.front() != '/') {
        return base::invalid_argument(field + " must be absolute, such as /preseed.cfg");
    }
    if (path.size() > kLongestPath) {
        return base::invalid_argument(field + " is longer than 1024 bytes");
    }
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
    if (std::any_of(path.begin(), path.end(), is_control)) {
        return base::invalid_argument(field + " has a control character");
    }
    std::string_view rest(path);
    while (!rest.empty()) {
        rest.remove_prefix(1);
        const std::string_view part = rest.substr(0, rest.find('/'));
        TRY(check_path_part(part, field));
        rest.remove_prefix(part.size());
    }
    return {};
}

Result<std::uint32_t> read_mode(const JsonReader& file, const std::string& field) {
    const auto malformed = [&] {
        return base::invalid_argument(field + " must be permission bits as octal text, such as \"0644\"");
    };
    if (!file.has("mode")) return InjectFile{}.mode;
    std::int64_t mode = 0;
    if (file.json().at("mode").is_string()) {
        const auto text = TRY(file.string("mode"));
        const char* end = text.data() + text.size();
        const auto parsed = std::from_chars(text.data(), end, mode, 8);
        if (parsed.ec != std::errc{} || parsed.ptr != end) return malformed();
    } else {
        mode = TRY(file.integer("mode"));
    }
    if (mode < 0 || mode > kPermissionBits) return malformed();
    return static_cast<std::uint32_t>(mode);
}

Result<base::Bytes> read_content(const JsonReader& file) {
    const std::string& at = file.pointer();
    if (file.has("url")) {
        return base::unsupported(at + "/url: not supported by this version: give the file's bytes as content or " +
                                 "content_base64");
    }
    const auto content = TRY(file.optional_string("content"));
    const auto content_base64 = TRY(file.optional_string("content_base64"));
    if (content.has_value() == content_base64.has_value()) {
        return base::invalid_argument(at + " needs either content or content_base64");
    }
    if (content) return base::to_bytes(*content);
    return base::from_base64(*content_base64).with_context(at + "/content_base64");
}

Result<InjectFile> read_file(const JsonReader& file) {
    TRY(file.only({"path", "content", "content_base64", "url", "checksum", "mode", "target", "secret"}));
    InjectFile result;
    result.path = TRY(file.string("path"));
    TRY(check_path(result.path, file.pointer() + "/path"));
    if (const auto target = TRY(file.optional_string("target"))) {
        result.target = TRY(value_of(kTargets, *target, R"(a target: write "iso", "initrd" or "efi")")
                                .with_context(file.pointer() + "/target"));
    }
    result.content = TRY(read_content(file));
    if (file.has("checksum")) {
        return base::invalid_argument(file.pointer() + "/checksum belongs to a url: content given inline needs none");
    }
    result.mode = TRY(read_mode(file, file.pointer() + "/mode"));
    result.secret = TRY(file.optional_boolean("secret")).value_or(false);
    return result;
}

Result<void> check_limits(const std::vector<InjectFile>& files, const std::string& field) {
    std::set<std::pair<InjectTarget, std::string_view>> places;
    std::size_t total = 0;
    for (const auto& file : files) {
        if (!places.emplace(file.target, file.path).second) {
            return base::invalid_argument(field + " puts two files at " + file.path);
        }
        if (file.content.size() > kLargestInjectedFile) {
            return base::exhausted(field + ": " + file.path + " is larger than the limit of 1 MiB a file");
        }
        total += file.content.size();
    }
    if (total > kLargestInjectedTotal) {
        return base::exhausted(field + ": the files together are larger than the limit of 4 MiB a deployment");
    }
    return {};
}

}  // namespace

Result<std::vector<InjectFile>> read_inject_files(const base::Json& value, const std::string& field) {
    std::vector<InjectFile> files;
    if (value.is_null()) return files;
    if (!value.is_array()) {
        return base::invalid_argument(field + " must be an array, not " + value.type_name());
    }
    if (value.size() > kMostInjectedFiles) {
        return base::exhausted(field + " has more than 256 files: put them into fewer, or into the ISO");
    }
    for (std::size_t i = 0; i < value.size(); ++i) {
        const std::string name = field + "/" + std::to_string(i);
        if (!value[i].is_object()) {
            return base::invalid_argument(name + " must be an object, not " + value[i].type_name());
        }
        files.push_back(TRY(read_file(JsonReader(value[i], name))));
    }
    TRY(check_limits(files, field));
    return files;
}

}  // namespace isolde::conductor
