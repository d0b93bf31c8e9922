// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/text_diff.h"

#include <algorithm>

namespace isolde::vmedia {
namespace {

constexpr std::size_t kSearched = 48;  // lines for the next that both have

using Lines = std::vector<std::string_view>;  // each with its "\n", which the last may lack

Lines lines_of(std::string_view text) {
    Lines lines;
    while (!text.empty()) {
        const std::size_t newline = text.find('\n');
        const std::size_t length = newline == std::string_view::npos ? text.size() : newline + 1;
        lines.push_back(text.substr(0, length));
        text.remove_prefix(length);
    }
    return lines;
}

struct Place {
    std::size_t before = 0;
    std::size_t after = 0;
};

/// The nearest place from `at` on where both have the same line, or the ends of both.
Place meet(const Lines& before, const Lines& after, Place at) {
    for (std::size_t distance = 1; distance <= 2 * kSearched; ++distance) {
        for (std::size_t skipped = 0; skipped <= distance; ++skipped) {
            const Place here{at.before + skipped, at.after + distance - skipped};
            if (here.before < before.size() && here.after < after.size() && before[here.before] == after[here.after]) {
                return here;
            }
        }
    }
    return {before.size(), after.size()};
}

void add_lines(std::string& text, char mark, const Lines& lines, std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
        text += mark;
        text += lines[i];
        text += lines[i].ends_with('\n') ? "" : "\n\\ No newline at end of file\n";
    }
}

std::string range(std::size_t line, std::size_t count) {
    return std::to_string(line) + (count == 1 ? "" : "," + std::to_string(count));
}

}  // namespace

std::string DiffHunk::place() const {
    return "-" + range(old_line, old_count) + " +" + range(new_line, new_count);
}

std::vector<DiffHunk> diff_lines(std::string_view before, std::string_view after) {
    const Lines old_lines = lines_of(before);
    const Lines new_lines = lines_of(after);
    std::vector<DiffHunk> hunks;
    for (Place at; at.before < old_lines.size() || at.after < new_lines.size();) {
        if (at.before < old_lines.size() && at.after < new_lines.size() &&
            old_lines[at.before] == new_lines[at.after]) {
            ++at.before;
            ++at.after;
            continue;
        }
        const Place end = meet(old_lines, new_lines, at);
        DiffHunk hunk{at.before, end.before - at.before, at.after, end.after - at.after, {}};
        hunk.old_line += hunk.old_count > 0 ? 1 : 0;
        hunk.new_line += hunk.new_count > 0 ? 1 : 0;
        add_lines(hunk.text, '-', old_lines, at.before, end.before);
        add_lines(hunk.text, '+', new_lines, at.after, end.after);
        hunks.push_back(std::move(hunk));
        at = end;
    }
    return hunks;
}

}  // namespace isolde::vmedia
