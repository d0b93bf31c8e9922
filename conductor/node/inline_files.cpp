// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/node/inline_files.h"

#include "conductor/node/deployment_fields.h"

#include <algorithm>

namespace isolde::conductor {
namespace {

using base::JsonReader;
using base::Result;

constexpr std::size_t kLongestPath = 1024;
constexpr std::size_t kLongestName = 255;

Result<void> check_path_part(std::string_view part, const std::string& field) {
    if (part.empty() || part == "." || part == "..") {
        return base::invalid_argument(field + R"( has an empty, "." or ".." part)");
    }
    if (part.size() > kLongestName) {
        return base::invalid_argument(field + " has a name of more than 255 bytes");
    }
    return {};
}

}  // namespace

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

Result<std::optional<base::Bytes>> read_inline(const JsonReader& holder, std::string_view name) {
    const std::string encoded_name = std::string(name) + "_base64";
    const auto plain = TRY(holder.optional_string(name));
    const auto encoded = TRY(holder.optional_string(encoded_name));
    if (plain && encoded) {
        return base::invalid_argument(holder.pointer() + " needs either " + std::string(name) + " or " + encoded_name +
                                      ", not both");
    }
    if (!plain && !encoded) return std::optional<base::Bytes>();
    auto bytes = plain ? base::to_bytes(*plain)
                       : TRY(base::from_base64(*encoded).with_context(holder.pointer() + "/" + encoded_name));
    if (bytes.size() > kLargestInjectedFile) {
        return base::exhausted(holder.pointer() + "/" + std::string(name) + " is larger than the limit of 1 MiB");
    }
    return std::optional(std::move(bytes));
}

Result<base::Bytes> read_content(const JsonReader& holder) {
    auto content = TRY(read_inline(holder, "content"));
    if (!content) {
        return base::invalid_argument(holder.pointer() + " needs either content or content_base64");
    }
    return std::move(*content);
}

}  // namespace isolde::conductor
