// SPDX-License-Identifier: GPL-3.0-or-later
//
// Names of new files and directories as each kind of tree records them (ECMA-119 7.5 and 7.6, Joliet), and the order in
// which a directory lists them (ECMA-119 9.3).
#pragma once

#include "image/iso9660.h"

#include <functional>
#include <string>
#include <string_view>

namespace isolde::vmedia {

/// An identifier for a new entry called `name` (UTF-8) in a directory of `tree`; `taken` says whether another entry has
/// one already. With Rock Ridge or Joliet beside it a primary identifier is 8.3, else up to 30 characters.
/// Errors: Exhausted when no free identifier of that form is left.
base::Result<std::string> new_identifier(const image::IsoTree& tree, std::string_view name, bool directory,
                                         const std::function<bool(const std::string&)>& taken);

/// True when `left` stands before `right` in a directory of a tree of `kind`. Equal ones do not.
bool identifier_before(image::TreeKind kind, std::string_view left, std::string_view right);

/// UTF-8 as UCS-2 big-endian; what lies outside the Basic Multilingual Plane, and what Joliet forbids, becomes '_'.
std::string to_joliet(std::string_view name);

}  // namespace isolde::vmedia
