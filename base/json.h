// SPDX-License-Identifier: GPL-3.0-or-later
//
// JSON from outside, read without trust: `parse_json` bounds size and depth and refuses duplicate keys; `JsonReader`
// reads typed fields and names the bad one by its JSON Pointer (RFC 6901) in the error.
// nlohmann::json is a vocabulary type here: the one third-party type that headers of other folders may show.
#pragma once

#include "base/byte_count.h"
#include "base/result.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isolde::base {

using Json = nlohmann::json;

struct JsonLimits {
    ByteCount size = mebibytes(8);
    int depth = 32;
    /// Some BMCs repeat keys; the last one wins there. Elsewhere a repeated key is an error.
    bool allow_duplicate_keys = false;
};

/// Errors: InvalidArgument, with the byte position; Exhausted when a limit is passed.
Result<Json> parse_json(std::string_view text, const JsonLimits& limits = {});
/// Compact text; bytes that are not UTF-8 become U+FFFD, so it never fails.
std::string dump_json(const Json& value, int indent = -1);

/// Typed access to an object. Copyable and cheap: it refers to the Json, which must outlive it.
class JsonReader {
  public:
    explicit JsonReader(const Json& value, std::string pointer = "") : value_(value), pointer_(std::move(pointer)) {}

    const Json& json() const { return value_; }
    const std::string& pointer() const { return pointer_; }
    /// True when the member exists and is not null.
    bool has(std::string_view name) const;

    // Required members. Errors: InvalidArgument: "/a/b is missing", "/a/b must be a string, not a number".
    Result<std::string> string(std::string_view name) const;
    Result<std::int64_t> integer(std::string_view name) const;
    Result<bool> boolean(std::string_view name) const;
    Result<JsonReader> object(std::string_view name) const;
    Result<std::vector<JsonReader>> array(std::string_view name) const;

    // Optional members: nothing when absent or null; an error when of another type.
    Result<std::optional<std::string>> optional_string(std::string_view name) const;
    Result<std::optional<std::int64_t>> optional_integer(std::string_view name) const;
    /// Also "true"/"false" (any case) and 0/1, as Ironic's clients send.
    Result<std::optional<bool>> optional_boolean(std::string_view name) const;
    Result<std::optional<JsonReader>> optional_object(std::string_view name) const;

    /// This value itself as a string, as an array of strings.
    Result<std::string> as_string() const;
    Result<std::vector<std::string>> as_strings() const;
    /// Errors: InvalidArgument naming the first member that is not in `known`.
    Result<void> only(std::initializer_list<std::string_view> known) const;

  private:
    const Json* find(std::string_view name) const;
    std::string child(std::string_view name) const;

    const Json& value_;
    std::string pointer_;
};

}  // namespace isolde::base
