// SPDX-License-Identifier: GPL-3.0-or-later
//
// Enumerations as text and back, by one table for each: both directions read the same rows.
#pragma once

#include "base/check.h"
#include "base/result.h"

#include <array>
#include <string>
#include <string_view>

namespace isolde::conductor {

template <typename Enum>
struct Name {
    Enum value;
    std::string_view text;
};
template <typename Enum>
Name(Enum, const char*) -> Name<Enum>;

/// Precondition: `table` has a row for every value of the enumeration.
template <typename Enum, std::size_t Count>
std::string_view name_of(const std::array<Name<Enum>, Count>& table, Enum value) {
    for (const auto& row : table) {
        if (row.value == value) return row.text;
    }
    ISOLDE_CHECK(false && "a value of the enumeration has no name");
}

/// `what` names the kind of word in the error, such as "a provision state". Errors: InvalidArgument.
template <typename Enum, std::size_t Count>
base::Result<Enum> value_of(const std::array<Name<Enum>, Count>& table, std::string_view text, std::string_view what) {
    for (const auto& row : table) {
        if (row.text == text) return row.value;
    }
    return base::invalid_argument("\"" + std::string(text.substr(0, 80)) + "\" is not " + std::string(what));
}

}  // namespace isolde::conductor
