// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/text_diff.h"

#include <gtest/gtest.h>

namespace isolde::vmedia {
namespace {

struct DiffRow {
    std::string name;
    std::string before;
    std::string after;
    std::string diff;
};

std::string rendered(const DiffRow& row) {
    std::string text;
    for (const DiffHunk& hunk : diff_lines(row.before, row.after)) {
        text += "@@ " + hunk.place() + " @@\n" + hunk.text;
    }
    return text;
}

TEST(DiffLines, AreThoseOfAUnifiedDiffWithoutContext) {
    const DiffRow rows[] = {
        {"same", "a\nb\n", "a\nb\n", ""},
        {"changed lines", "a\nb\nc\nd\n", "a\nB\nc\nD\n", "@@ -2 +2 @@\n-b\n+B\n@@ -4 +4 @@\n-d\n+D\n"},
        {"lines that go on", "a \\\n b\nc\n", "a \\\n b x\nc\n", "@@ -2 +2 @@\n- b\n+ b x\n"},
        {"new first lines", "a\nb\n", "x\ny\na\nB\n", "@@ -0,0 +1,2 @@\n+x\n+y\n@@ -2 +4 @@\n-b\n+B\n"},
        {"a new last line", "a\n", "a\nx\n", "@@ -1,0 +2 @@\n+x\n"},
        {"a line that is gone", "a\nb\nc\n", "a\nc\n", "@@ -2 +1,0 @@\n-b\n"},
        {"no line break at the end", "a\nb", "a\nc",
         "@@ -2 +2 @@\n-b\n\\ No newline at end of file\n+c\n\\ No newline at end of file\n"},
        {"a line break that was missing", "a", "a\nx\n", "@@ -1 +1,2 @@\n-a\n\\ No newline at end of file\n+a\n+x\n"},
        {"line breaks of DOS", "a\r\nb\r\n", "a\r\nc\r\n", "@@ -2 +2 @@\n-b\r\n+c\r\n"},
        {"from nothing", "", "a\n", "@@ -0,0 +1 @@\n+a\n"},
    };
    for (const DiffRow& row : rows) {
        EXPECT_EQ(rendered(row), row.diff) << row.name;
    }
}

TEST(DiffLines, OfTextsWithNothingInCommonAreOneHunk) {
    std::string before;
    std::string after;
    for (int i = 0; i < 5000; ++i) {
        before += "old " + std::to_string(i) + "\n";
        after += "new " + std::to_string(i) + "\n";
    }
    const auto hunks = diff_lines(before, after);
    ASSERT_EQ(hunks.size(), 1U);
    EXPECT_EQ(hunks.front().place(), "-1,5000 +1,5000");
}

}  // namespace
}  // namespace isolde::vmedia
