// SPDX-License-Identifier: GPL-3.0-or-later
//
// Reading what BMCs send without trusting types: a missing, null or mistyped member reads as nothing, a single object
// where a list belongs reads as a list of one, numbers read as text. BMCs do all of that (Task.Messages as an object,
// ProcessorId as a number). Pure; references stay valid as long as the Json.
#pragma once

#include "base/json.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isolde::redfish {

using base::Json;

inline constexpr std::size_t kMaxText = 4096;  ///< longer texts are cut
inline constexpr std::size_t kMaxItems = 256;  ///< further items are not seen
inline constexpr std::size_t kMaxLink = 1024;  ///< longer links are no links

/// The member, or a null value when `value` is no object or has none of that name.
const Json& at(const Json& value, std::string_view name);
/// At most kMaxText bytes; numbers and booleans as JSON writes them.
std::string text_at(const Json& value, std::string_view name);
/// Also "true" and "false" as text.
std::optional<bool> flag_at(const Json& value, std::string_view name);
/// The texts of an array; one text reads as an array of one.
std::vector<std::string> texts_at(const Json& value, std::string_view name);
/// The items of an array; an object reads as an array of one. Nulls are left out.
std::vector<const Json*> items_of(const Json& value);
/// The path of the member's `@odata.id`, or of the member itself when it is text; empty when there is none.
std::string link_at(const Json& value, std::string_view name);

/// A link as path and query on whatever host we talk to: BMCs behind address translation name others. Nothing for a
/// text that cannot be a link (no path, blanks, control characters, longer than kMaxLink).
std::optional<std::string> resource_path(std::string_view link);
/// Equal but for a trailing slash.
bool same_resource(std::string_view a, std::string_view b);

}  // namespace isolde::redfish
