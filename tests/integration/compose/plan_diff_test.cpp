// SPDX-License-Identifier: GPL-3.0-or-later
//
// patch(1) makes of each boot configuration what composing makes of it.
#include "workbench.h"

namespace isolde::vmedia::tests {
namespace {

/// The part of a report that tells of `file`; empty when there is none.
std::string diff_of(const std::string& text, const std::string& file) {
    const std::string head = "--- " + file + "\n+++ ";
    const std::size_t begin = text.find(head);
    if (begin == std::string::npos) {
        return {};
    }
    return text.substr(begin, text.find("\n--- ", begin) - begin) + "\n";
}

class PlanDiffs : public testing::TestWithParam<const char*> {};

TEST_P(PlanDiffs, AreAppliedByPatch) {
    InjectionPlan plan;
    plan.append = {"console=ttyS0", "ds=nocloud;s=/cdrom/"};
    plan.remove = {"quiet"};
    const std::string& base = iso_of_layout(GetParam());
    const Composition composition = composed(base, plan);
    ASSERT_TRUE(composition.image);
    const std::string text = render_text(composition.report);
    const std::string out = composed_file(base, plan);
    std::size_t patched = 0;
    for (const ConfigDiff& diff : composition.report.diffs) {
        if (diff.file.starts_with("EFI:")) {
            continue;
        }
        SCOPED_TRACE(diff.file);
        const std::string file = fresh_path(".cfg");
        const std::string patch = fresh_path(".diff");
        ASSERT_TRUE(base::write_durably(file, content_of(extracted_by_xorriso(base) + diff.file)).ok());
        ASSERT_TRUE(base::write_durably(patch, diff_of(text, diff.file)).ok());
        const Outcome outcome = try_shell("patch --binary --fuzz=0 --reject-file=- " + file + " " + patch);
        EXPECT_EQ(outcome.exit_code, 0) << outcome.output << content_of(patch);
        EXPECT_EQ(outcome.output.find("offset"), std::string::npos) << outcome.output;
        EXPECT_EQ(content_of(file), content_of(extracted_by_xorriso(out) + diff.file)) << content_of(patch);
        ++patched;
    }
    EXPECT_GT(patched, 0U);
}

INSTANTIATE_TEST_SUITE_P(Layouts, PlanDiffs,
                         testing::Values("debian", "ubuntu", "fedora", "arch", "opensuse", "casper", "coreos",
                                         "alpine"),
                         [](const testing::TestParamInfo<const char*>& row) { return std::string(row.param); });

}  // namespace
}  // namespace isolde::vmedia::tests
