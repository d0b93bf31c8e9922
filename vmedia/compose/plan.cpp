// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/plan.h"

#include "image/byte_source.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <string_view>

namespace isolde::vmedia {
namespace {

constexpr std::size_t kMaxArguments = 256;
constexpr std::size_t kMaxArgumentBytes = 2048;  // COMMAND_LINE_SIZE of x86 Linux, the whole line
constexpr std::size_t kMaxFiles = 4096;
constexpr std::size_t kMaxPathBytes = 1024;
constexpr std::size_t kMaxNameBytes = 240;
constexpr std::size_t kMaxDepth = 32;
constexpr std::size_t kMaxLinkBytes = 1024;
constexpr std::uint64_t kMaxFileBytes = 0xFFFFFFFFU;  // a directory record of ECMA-119 has 32 bits for it

bool has_control_character(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        const auto code = static_cast<unsigned char>(c);
        return code < 0x20 || code == 0x7F;
    });
}

base::Result<void> check_argument(const std::string& argument, std::string_view list, std::size_t index) {
    const std::string item = std::string(list) + "[" + std::to_string(index) + "]";
    if (argument.empty()) {
        return base::invalid_argument("kernel argument " + item + " is empty");
    }
    if (has_control_character(argument)) {
        return base::invalid_argument("kernel argument " + item + " holds a control character");
    }
    return {};
}

base::Result<void> check_arguments(const std::vector<std::string>& arguments, std::string_view list) {
    if (arguments.size() > kMaxArguments) {
        return base::invalid_argument("more than " + std::to_string(kMaxArguments) + " kernel arguments to " +
                                      std::string(list));
    }
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        TRY(check_argument(arguments[i], list, i));
        bytes += arguments[i].size() + 1;
    }
    if (bytes > kMaxArgumentBytes) {
        return base::invalid_argument("the kernel arguments to " + std::string(list) + " take " +
                                      std::to_string(bytes) + " bytes; a kernel's command line holds " +
                                      std::to_string(kMaxArgumentBytes));
    }
    return {};
}

base::Result<void> check_entries(const InjectionPlan& plan) {
    for (const std::string& replacement : plan.replace) {
        if (replacement.find('=') == std::string::npos || replacement.front() == '=') {
            return base::invalid_argument("the replacement \"" + replacement + "\" is not of the form KEY=VALUE");
        }
    }
    std::vector<std::string> names = plan.entries;
    names.push_back(plan.default_entry.empty() ? "*" : plan.default_entry);
    for (const std::string& name : names) {
        if (name.empty() || name.size() > kMaxPathBytes || has_control_character(name)) {
            return base::invalid_argument(
                "the name of a boot entry is empty, longer than 1024 bytes or holds a control "
                "character");
        }
    }
    if (plan.entries.size() > kMaxArguments) {
        return base::invalid_argument("more than " + std::to_string(kMaxArguments) + " names of boot entries");
    }
    return {};
}

const char* path_part_error(std::string_view part) {
    if (part.empty()) {
        return "has an empty part";
    }
    if (part == "." || part == "..") {
        return "has a part \".\" or \"..\"";
    }
    return part.size() > kMaxNameBytes ? "has a part longer than 240 bytes" : nullptr;
}

const char* path_error(std::string_view path) {
    if (path.empty() || path.front() != '/') {
        return "is not absolute";
    }
    if (path.size() == 1) {
        return "is the root directory";
    }
    if (path.size() > kMaxPathBytes) {
        return "is longer than 1024 bytes";
    }
    if (has_control_character(path)) {
        return "holds a control character";
    }
    std::size_t depth = 0;
    for (std::size_t start = 1; start <= path.size();) {
        const std::size_t end = std::min(path.find('/', start), path.size());
        if (const char* error = path_part_error(path.substr(start, end - start))) {
            return error;
        }
        start = end + 1;
        ++depth;
    }
    return depth > kMaxDepth ? "is deeper than 32 directories" : nullptr;
}

/// Names in a link's target fill whole components of Rock Ridge's SL field.
base::Result<void> check_link(const InjectedFile& file) {
    const std::string_view target = file.link_target;
    const std::string what = "the target of the symbolic link " + file.path;
    if (target.empty() || target.size() > kMaxLinkBytes) {
        return base::invalid_argument(what + " has " + std::to_string(target.size()) + " bytes; it may have 1 to 1024");
    }
    if (has_control_character(target)) {
        return base::invalid_argument(what + " holds a control character");
    }
    for (std::size_t start = 0; start < target.size();) {
        const std::size_t end = std::min(target.find('/', start), target.size());
        if (end - start > kMaxNameBytes) {
            return base::invalid_argument(what + " has a part longer than 240 bytes");
        }
        start = end + 1;
    }
    return {};
}

base::Result<void> check_kind(const InjectedFile& file) {
    if (file.kind == FileKind::File) {
        return {};
    }
    if (file.target == FileTarget::Efi) {
        return base::unsupported("only files can be put into the EFI partition, and " + file.path + " is none");
    }
    if (file.size() > 0) {
        return base::invalid_argument(file.path + " is no file and has content");
    }
    return file.kind == FileKind::Symlink ? check_link(file) : base::Result<void>();
}

base::Result<void> check_file(const InjectedFile& file) {
    if (const char* error = path_error(file.path)) {
        return base::invalid_argument("the path of the file to inject \"" + file.path + "\" " + error);
    }
    if (file.mode > 07777) {
        return base::invalid_argument("the mode of " + file.path + " is not a set of permission bits");
    }
    if (file.size() > kMaxFileBytes) {
        return base::unsupported("the file " + file.path + " has " + std::to_string(file.size()) +
                                 " bytes; one larger than 4 GiB - 1 cannot be injected: put it on a second medium");
    }
    if (file.blob.file && (file.target != FileTarget::Iso || file.kind != FileKind::File)) {
        return base::invalid_argument("the content of " + file.path +
                                      " can only be shown from another file in the ISO tree");
    }
    if (file.blob.file && file.blob.digest.empty()) {
        return base::invalid_argument("the content of " + file.path + " is another file, of which no digest is given");
    }
    return check_kind(file);
}

/// One unambiguous text of a plan: every field is preceded by its length.
class CanonicalText {
  public:
    void add(std::string_view field) {
        text_ += std::to_string(field.size());
        text_ += ':';
        text_ += field;
    }
    void add_list(const std::vector<std::string>& fields) {
        add(std::to_string(fields.size()));
        for (const std::string& field : fields) {
            add(field);
        }
    }
    /// Nothing for an empty list: plans that do not know of it keep their digest.
    void add_if_any(std::string_view name, const std::vector<std::string>& fields) {
        if (!fields.empty()) {
            add(name);
            add_list(fields);
        }
    }
    const std::string& text() const { return text_; }

  private:
    std::string text_;
};

std::string_view target_name(FileTarget target) {
    switch (target) {
        case FileTarget::Iso: return "iso";
        case FileTarget::Initrd: return "initrd";
        case FileTarget::Efi: break;
    }
    return "efi";
}

/// Records of one kind have one count of fields, and the first names the kind: a text has one reading.
void add_file(CanonicalText& text, const InjectedFile& file) {
    switch (file.kind) {
        case FileKind::File:
            text.add(target_name(file.target));
            text.add(file.path);
            text.add(std::to_string(file.mode));
            text.add(file.secret ? "secret" : "plain");
            text.add(file.blob.file ? file.blob.digest.hex() : base::sha256(file.content).hex());
            return;
        case FileKind::Directory:
            text.add("directory");
            text.add(target_name(file.target));
            text.add(file.path);
            text.add(std::to_string(file.mode));
            return;
        case FileKind::Symlink:
            text.add("symlink");
            text.add(target_name(file.target));
            text.add(file.path);
            text.add(file.link_target);
            return;
    }
}

std::string canonical(const InjectionPlan& plan, const base::Digest& base_digest) {
    CanonicalText text;
    text.add("isolde-plan-1");
    text.add(base_digest.str());
    text.add_list(plan.append);
    text.add_list(plan.remove);
    text.add(plan.unattended ? "unattended" : "attended");
    text.add_if_any("replace", plan.replace);
    text.add_if_any("entries", plan.entries);
    text.add_if_any("default",
                    plan.default_entry.empty() ? std::vector<std::string>() : std::vector{plan.default_entry});
    for (const InjectedFile& file : plan.files) {
        add_file(text, file);
    }
    for (const std::string& path : plan.remove_files) {
        text.add("remove-file");
        text.add(path);
    }
    if (plan.media_check == MediaCheck::Keep) {
        text.add("keep-media-check");
    }
    if (plan.ignition) {
        text.add(plan.ignition->secret ? "secret-ignition" : "ignition");
        text.add(base::sha256(plan.ignition->content).hex());
    }
    return text.text();
}

/// As the file system that it goes to tells paths apart: FAT by letters alone, not by their case.
std::string place_of(FileTarget target, std::string_view path) {
    std::string place(path);
    if (target == FileTarget::Efi) {
        std::transform(place.begin(), place.end(), place.begin(),
                       [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    }
    return place;
}

base::Result<void> check_places(const std::vector<InjectedFile>& files) {
    std::map<std::pair<FileTarget, std::string>, FileKind> kinds;
    for (const InjectedFile& file : files) {
        if (!kinds.emplace(std::pair(file.target, place_of(file.target, file.path)), file.kind).second) {
            return base::invalid_argument("the file " + file.path + " is to be injected twice");
        }
    }
    for (const InjectedFile& file : files) {
        for (std::size_t end = file.path.rfind('/'); end > 0; end = file.path.rfind('/', end - 1)) {
            const std::string above = file.path.substr(0, end);
            const auto found = kinds.find({file.target, place_of(file.target, above)});
            if (found != kinds.end() && found->second != FileKind::Directory) {
                return base::invalid_argument(file.path + " cannot be injected below " + above +
                                              ", which is to be injected and is no directory");
            }
        }
    }
    return {};
}

base::Result<void> check_removals(const std::vector<std::string>& paths) {
    if (paths.size() > kMaxFiles) {
        return base::invalid_argument("more than " + std::to_string(kMaxFiles) + " files to delete");
    }
    std::set<std::string> seen;
    for (const std::string& path : paths) {
        if (const char* error = path_error(path)) {
            return base::invalid_argument("the path to delete \"" + path + "\" " + error);
        }
        if (!seen.insert(path).second) {
            return base::invalid_argument(path + " is to be deleted twice");
        }
    }
    return {};
}

}  // namespace

std::uint64_t InjectedFile::size() const {
    return blob.file ? blob.file->size() : content.size();
}

std::string_view to_string(PresetKind kind) {
    switch (kind) {
        case PresetKind::Preseed: return "preseed";
        case PresetKind::Kickstart: return "kickstart";
        case PresetKind::Autoinstall: return "autoinstall";
        case PresetKind::Ignition: return "ignition";
        case PresetKind::AutoYast: return "autoyast";
        case PresetKind::CloudInit: return "cloud-init";
        case PresetKind::NetworkData: break;
    }
    return "network-data";
}

base::Result<void> check_plan(const InjectionPlan& plan) {
    TRY(check_arguments(plan.append, "append"));
    TRY(check_arguments(plan.remove, "remove"));
    TRY(check_arguments(plan.replace, "replace"));
    TRY(check_entries(plan));
    if (plan.files.size() > kMaxFiles) {
        return base::invalid_argument("more than " + std::to_string(kMaxFiles) + " files to inject");
    }
    for (const InjectedFile& file : plan.files) {
        TRY(check_file(file));
    }
    TRY(check_places(plan.files));
    return check_removals(plan.remove_files);
}

std::string plan_digest(const InjectionPlan& plan, const base::Digest& base_digest, base::ByteView key) {
    const std::string text = canonical(plan, base_digest);
    return key.empty() ? base::sha256(text).hex() : base::hmac_sha256_hex(key, base::as_bytes(text));
}

}  // namespace isolde::vmedia
