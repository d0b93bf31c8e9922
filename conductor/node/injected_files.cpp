// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/node/injected_files.h"

#include "conductor/node/inline_files.h"
#include "conductor/node/names.h"
#include "conductor/node/source_url.h"

#include <charconv>
#include <set>

namespace isolde::conductor {
namespace {

using base::JsonReader;
using base::Result;

constexpr std::array kTargets{Name{InjectTarget::Iso, "iso"}, Name{InjectTarget::Initrd, "initrd"},
                              Name{InjectTarget::Efi, "efi"}};
constexpr std::array kKinds{Name{InjectKind::File, "file"}, Name{InjectKind::Directory, "directory"},
                            Name{InjectKind::Symlink, "symlink"}};
constexpr std::int64_t kPermissionBits = 0777;
constexpr std::uint32_t kDirectoryMode = 0755;

Result<std::uint32_t> read_mode(const JsonReader& file, std::uint32_t fallback) {
    const auto malformed = [&] {
        return base::invalid_argument(file.pointer() + "/mode must be permission bits as octal text, such as \"0644\"");
    };
    if (!file.has("mode")) return fallback;
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

/// Content given here, or by URL.
Result<void> read_file_content(const JsonReader& file, InjectFile& result) {
    if (!file.has("url")) {
        if (file.has("checksum")) {
            return base::invalid_argument(file.pointer() +
                                          "/checksum belongs to a url: content given inline needs none");
        }
        result.content = TRY(read_content(file));
        return {};
    }
    if (file.has("content") || file.has("content_base64")) {
        return base::invalid_argument(file.pointer() + " needs either content or url, not both");
    }
    SourceField source{TRY(file.string("url")), std::nullopt};
    TRY(check_source_url(source.url, file.pointer() + "/url"));
    if (const auto checksum = TRY(file.optional_string("checksum"))) {
        source.checksum = TRY(base::Digest::parse(*checksum).with_context(file.pointer() + "/checksum"));
    }
    result.fetched = std::move(source);
    return {};
}

/// The members that only one kind has.
Result<void> read_by_kind(const JsonReader& file, InjectFile& result) {
    const bool link = result.kind == InjectKind::Symlink;
    if (file.has("link_target") != link) {
        return base::invalid_argument(
            file.pointer() + "/link_target " +
            (link ? "is missing: say where the symbolic link points" : "belongs to the kind symlink alone"));
    }
    if (link) result.link_target = TRY(file.string("link_target"));
    if (result.kind == InjectKind::File) {
        TRY(read_file_content(file, result));
    } else if (file.has("content") || file.has("content_base64") || file.has("url") || file.has("checksum")) {
        return base::invalid_argument(file.pointer() + "/content belongs to the kind file alone");
    }
    result.mode = TRY(read_mode(file, result.kind == InjectKind::Directory ? kDirectoryMode : result.mode));
    return {};
}

Result<InjectFile> read_file(const JsonReader& file) {
    TRY(file.only(
        {"path", "kind", "content", "content_base64", "link_target", "url", "checksum", "mode", "target", "secret"}));
    InjectFile result;
    result.path = TRY(file.string("path"));
    TRY(check_path(result.path, file.pointer() + "/path"));
    if (const auto target = TRY(file.optional_string("target"))) {
        result.target = TRY(value_of(kTargets, *target, R"(a target: write "iso", "initrd" or "efi")")
                                .with_context(file.pointer() + "/target"));
    }
    if (const auto kind = TRY(file.optional_string("kind"))) {
        result.kind = TRY(value_of(kKinds, *kind, R"(a kind: write "file", "directory" or "symlink")")
                              .with_context(file.pointer() + "/kind"));
    }
    TRY(read_by_kind(file, result));
    result.secret = TRY(file.optional_boolean("secret")).value_or(false);
    return result;
}

Result<void> check_places(const std::vector<InjectFile>& files, const std::string& field) {
    std::set<std::pair<InjectTarget, std::string_view>> places;
    for (const auto& file : files) {
        if (!places.emplace(file.target, file.path).second) {
            return base::invalid_argument(field + " puts two files at " + file.path);
        }
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
    TRY(check_places(files, field));
    return files;
}

}  // namespace isolde::conductor
