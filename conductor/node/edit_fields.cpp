// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/node/edit_fields.h"

#include "conductor/node/arguments.h"
#include "conductor/node/deployment_fields.h"
#include "conductor/node/inline_files.h"

#include <algorithm>
#include <set>

namespace isolde::conductor {
namespace {

using base::Json;
using base::JsonReader;
using base::Result;
using Words = std::vector<std::string>;

constexpr std::size_t kLongestName = 1024;

Json member_or_null(const Json& object, const char* name) {
    const auto member = object.find(name);
    return member == object.end() ? Json(nullptr) : *member;
}

Result<Words> arguments_of(const JsonReader& info, const char* name) {
    return read_arguments(member_or_null(info.json(), name), info.pointer() + "/" + name);
}

Result<void> check_entry_name(const std::string& name, const std::string& field) {
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
    if (name.empty() || name.size() > kLongestName || std::any_of(name.begin(), name.end(), is_control)) {
        return base::invalid_argument(field +
                                      " must be a boot entry's title or label, or a glob of one: 1 to 1024 bytes, no "
                                      "control characters");
    }
    return {};
}

Result<Words> list_of(const JsonReader& info, const char* name) {
    const Json value = member_or_null(info.json(), name);
    if (value.is_null()) return Words();
    if (value.size() > kMostInjectedFiles) {
        return base::exhausted(info.pointer() + "/" + name + " has more than 256 items");
    }
    return JsonReader(value, info.pointer() + "/" + name).as_strings();
}

}  // namespace

Result<Words> read_append(const JsonReader& info, const Words& defaults) {
    const std::string first = info.pointer() + "/ramdisk_kernel_arguments";
    const std::string second = info.pointer() + "/kernel_append_params";
    Words words = TRY(arguments_of(info, "ramdisk_kernel_arguments"));
    words = TRY(expand_defaults(std::move(words), defaults, first));
    Words more = defaults;
    if (info.has("kernel_append_params")) {
        more = TRY(arguments_of(info, "kernel_append_params"));
        more = TRY(expand_defaults(std::move(more), defaults, second));
    }
    words.insert(words.end(), more.begin(), more.end());
    std::size_t length = 0;
    for (const auto& word : words) length += word.size() + 1;
    if (length > kLongestArguments) {
        return base::exhausted(second + ": the arguments take " + std::to_string(length) +
                               " bytes; the kernel cuts its command line at 2048");
    }
    return words;
}

Result<Words> read_remove(const JsonReader& info) {
    return arguments_of(info, "kernel_remove_params");
}

Result<Words> read_replace(const JsonReader& info) {
    Words words = TRY(arguments_of(info, "kernel_replace_params"));
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto equals = words[i].find('=');
        if (equals == 0 || equals == std::string::npos) {
            return base::invalid_argument(info.pointer() + "/kernel_replace_params/" + std::to_string(i) +
                                          " must be KEY=VALUE: the value that the argument KEY shall have");
        }
    }
    return words;
}

Result<Words> read_boot_entries(const JsonReader& info) {
    const std::string field = info.pointer() + "/boot_entries";
    const Json value = member_or_null(info.json(), "boot_entries");
    const Words names = value.is_string() ? Words{value.get<std::string>()} : TRY(list_of(info, "boot_entries"));
    for (std::size_t i = 0; i < names.size(); ++i) {
        TRY(check_entry_name(names[i], field + "/" + std::to_string(i)));
    }
    return names;
}

Result<std::string> read_default_entry(const JsonReader& info) {
    const auto name = TRY(info.optional_string("default_boot_entry"));
    if (!name || name->empty()) return std::string();
    TRY(check_entry_name(*name, info.pointer() + "/default_boot_entry"));
    return *name;
}

Result<Words> read_delete_files(const JsonReader& info) {
    const std::string field = info.pointer() + "/delete_files";
    const Words paths = TRY(list_of(info, "delete_files"));
    std::set<std::string_view> seen;
    for (std::size_t i = 0; i < paths.size(); ++i) {
        TRY(check_path(paths[i], field + "/" + std::to_string(i)));
        if (!seen.insert(paths[i]).second) {
            return base::invalid_argument(field + " names " + paths[i] + " twice");
        }
    }
    return paths;
}

}  // namespace isolde::conductor
