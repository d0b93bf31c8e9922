// SPDX-License-Identifier: GPL-3.0-or-later
//
// Names of new files and directories as each kind of tree records them (ECMA-119 7.5 and 7.6, Joliet), and the order in
// which a directory lists them (ECMA-119 9.3).
#pragma once

#include "image/iso9660.h"

#include <map>
#include <set>
#include <string>
#include <string_view>

namespace isolde::vmedia {

/// Gives identifiers to the new entries of one directory. Not thread-safe.
class IdentifierChooser {
  public:
    /// `tree` must outlive it; `taken`: the identifiers that the directory has.
    IdentifierChooser(const image::IsoTree& tree, std::set<std::string> taken)
        : tree_(tree), taken_(std::move(taken)) {}

    /// A free identifier for an entry called `name` (UTF-8), taken from now on. With Rock Ridge a primary identifier is
    /// 8.3, else up to 30 characters. Errors: Exhausted when no free one of that form is left.
    base::Result<std::string> choose(std::string_view name, bool directory);

  private:
    const image::IsoTree& tree_;
    std::set<std::string> taken_;
    std::map<std::string, unsigned> next_number_;  ///< by the identifier that the name would have alone
};

/// True when `left` stands before `right` in a directory of a tree of `kind`. Equal ones do not.
bool identifier_before(image::TreeKind kind, std::string_view left, std::string_view right);

/// UTF-8 as UCS-2 big-endian; what lies outside the Basic Multilingual Plane, and what Joliet forbids, becomes '_'.
std::string to_joliet(std::string_view name);

}  // namespace isolde::vmedia
