// SPDX-License-Identifier: GPL-3.0-or-later
//
// The lines in which two texts differ, as a unified diff without context has them: patch(1) makes one of the other.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace isolde::vmedia {

/// Lines that take the place of others. Lines count from 1; where `old_count` is 0, `old_line` is the one before.
struct DiffHunk {
    std::size_t old_line = 0;
    std::size_t old_count = 0;
    std::size_t new_line = 0;
    std::size_t new_count = 0;
    std::string text;  ///< the lines with '-' and '+' before them

    /// "-9 +9,2", as it stands between "@@"s.
    std::string place() const;
};

/// In order. Where texts differ in more than some dozens of lines in a row, all behind that is one hunk.
std::vector<DiffHunk> diff_lines(std::string_view before, std::string_view after);

}  // namespace isolde::vmedia
