// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/plan.h"

#include <gtest/gtest.h>

#include <functional>

namespace isolde::vmedia {
namespace {

InjectedFile file_at(const std::string& path) {
    InjectedFile file;
    file.path = path;
    return file;
}

struct BadPlan {
    std::string name;
    std::function<void(InjectionPlan&)> spoil;
    std::string message;
};

void PrintTo(const BadPlan& row, std::ostream* out) {
    *out << row.name;
}

const BadPlan kBadPlans[] = {
    {"EmptyArgument",
     [](InjectionPlan& plan) {
         plan.append = {"ok", ""};
     },
     "append[1] is empty"},
    {"NewLineInArgument", [](InjectionPlan& plan) { plan.append = {"a\nb"}; }, "control character"},
    {"NewLineInRemoval", [](InjectionPlan& plan) { plan.remove = {"a\nb"}; }, "remove[0]"},
    {"ArgumentsLongerThanACommandLine", [](InjectionPlan& plan) { plan.append = {std::string(3000, 'x')}; }, "2048"},
    {"RelativePath", [](InjectionPlan& plan) { plan.files = {file_at("a")}; }, "is not absolute"},
    {"RootPath", [](InjectionPlan& plan) { plan.files = {file_at("/")}; }, "is the root directory"},
    {"DotDot", [](InjectionPlan& plan) { plan.files = {file_at("/a/../b")}; }, "\"..\""},
    {"EmptyPart", [](InjectionPlan& plan) { plan.files = {file_at("/a//b")}; }, "empty part"},
    {"TrailingSlash", [](InjectionPlan& plan) { plan.files = {file_at("/a/")}; }, "empty part"},
    {"LongPart", [](InjectionPlan& plan) { plan.files = {file_at("/" + std::string(241, 'x'))}; }, "240"},
    {"ControlCharacterInPath", [](InjectionPlan& plan) { plan.files = {file_at("/a\tb")}; }, "control character"},
    {"SamePathTwice",
     [](InjectionPlan& plan) {
         plan.files = {file_at("/a"), file_at("/a")};
     },
     "twice"},
    {"SamePathForFatTwice",
     [](InjectionPlan& plan) {
         plan.files = {file_at("/EFI/a"), file_at("/efi/A")};
         plan.files[0].target = plan.files[1].target = FileTarget::Efi;
     },
     "/efi/A is to be injected twice"},
    {"BelowAFile",
     [](InjectionPlan& plan) {
         plan.files = {file_at("/a/b/c/d"), file_at("/a/b")};
     },
     "/a/b/c/d cannot be injected below /a/b,"},
    {"BelowALink",
     [](InjectionPlan& plan) {
         plan.files = {file_at("/a"), file_at("/a/b")};
         plan.files[0].kind = FileKind::Symlink;
         plan.files[0].link_target = "c";
     },
     "/a/b cannot be injected below /a,"},
    {"Mode",
     [](InjectionPlan& plan) {
         plan.files = {file_at("/a")};
         plan.files[0].mode = 0100644;
     },
     "permission"},
    {"DeletedTwice",
     [](InjectionPlan& plan) {
         plan.remove_files = {"/a", "/a"};
     },
     "deleted twice"},
    {"RootDeletion", [](InjectionPlan& plan) { plan.remove_files = {"/"}; }, "\"/\" is the root directory"},
    {"RelativeDeletion", [](InjectionPlan& plan) { plan.remove_files = {"a"}; }, "to delete"},
    {"LinkWithoutTarget",
     [](InjectionPlan& plan) {
         plan.files = {file_at("/a")};
         plan.files[0].kind = FileKind::Symlink;
     },
     "0 bytes"},
    {"LinkWithALongPart",
     [](InjectionPlan& plan) {
         plan.files = {file_at("/a")};
         plan.files[0].kind = FileKind::Symlink;
         plan.files[0].link_target = "b/" + std::string(241, 'x');
     },
     "240"},
    {"DirectoryWithContent",
     [](InjectionPlan& plan) {
         plan.files = {file_at("/a")};
         plan.files[0].kind = FileKind::Directory;
         plan.files[0].content = base::to_bytes("x");
     },
     "has content"},
    {"TooManyArguments", [](InjectionPlan& plan) { plan.append.assign(300, "x"); }, "256"},
};

class BadPlans : public testing::TestWithParam<BadPlan> {};

TEST_P(BadPlans, AreInvalidArguments) {
    InjectionPlan plan;
    GetParam().spoil(plan);
    const auto checked = check_plan(plan);
    ASSERT_FALSE(checked.ok());
    EXPECT_EQ(checked.error().kind, base::ErrorKind::InvalidArgument);
    EXPECT_NE(checked.error().message.find(GetParam().message), std::string::npos) << checked.error().message;
}

INSTANTIATE_TEST_SUITE_P(All, BadPlans, testing::ValuesIn(kBadPlans),
                         [](const testing::TestParamInfo<BadPlan>& row) { return row.param.name; });

TEST(CheckPlan, FilesMayLieBelowInjectedDirectories) {
    InjectionPlan plan;
    plan.files = {file_at("/a"), file_at("/a/b"), file_at("/A")};
    plan.files[0].kind = FileKind::Directory;
    EXPECT_TRUE(check_plan(plan).ok());
}

TEST(CheckPlan, TheSamePathMayGoToSeveralTargets) {
    InjectionPlan plan;
    plan.files = {file_at("/a"), file_at("/a")};
    plan.files[1].target = FileTarget::Initrd;
    EXPECT_TRUE(check_plan(plan).ok());
}

TEST(PlanDigest, ChangesWithEveryPartOfThePlanTheBaseAndTheKey) {
    const base::Digest image = base::sha256("base");
    InjectionPlan plan;
    plan.append = {"a", "b"};
    plan.files = {file_at("/a")};
    std::set<std::string> digests{plan_digest(plan, image, {})};
    const auto expect_new = [&](const InjectionPlan& changed) {
        EXPECT_TRUE(digests.insert(plan_digest(changed, image, {})).second);
    };
    InjectionPlan changed = plan;
    changed.append = {"ab"};
    expect_new(changed);
    changed = plan;
    changed.append = {"a"};
    changed.remove = {"b"};
    expect_new(changed);
    changed = plan;
    changed.unattended = false;
    expect_new(changed);
    changed = plan;
    changed.files[0].content = base::to_bytes("x");
    expect_new(changed);
    changed = plan;
    changed.files[0].mode = 0600;
    expect_new(changed);
    changed = plan;
    changed.files[0].target = FileTarget::Initrd;
    expect_new(changed);
    changed = plan;
    changed.files[0].kind = FileKind::Directory;
    expect_new(changed);
    changed.files[0].kind = FileKind::Symlink;
    changed.files[0].link_target = "b";
    expect_new(changed);
    changed = plan;
    changed.remove_files = {"/a"};
    expect_new(changed);
    EXPECT_TRUE(digests.insert(plan_digest(plan, base::sha256("other"), {})).second);
    EXPECT_TRUE(digests.insert(plan_digest(plan, image, base::as_bytes("key"))).second);
    EXPECT_TRUE(digests.insert(plan_digest(plan, image, base::as_bytes("other key"))).second);
    EXPECT_FALSE(digests.insert(plan_digest(plan, image, {})).second);
}

/// A node's image must stay the same when the program is updated.
TEST(PlanDigest, OfAPlanOfFilesIsWhatItEverWas) {
    InjectionPlan plan;
    plan.append = {"a", "b"};
    plan.remove = {"quiet"};
    plan.files = {file_at("/a"), file_at("/b")};
    plan.files[0].content = base::to_bytes("content");
    plan.files[1].target = FileTarget::Efi;
    plan.files[1].secret = true;
    EXPECT_EQ(plan_digest(plan, base::sha256("base"), {}),
              "aaf700cfcfe518e727cb9675e68173adfd9e952a2767fbd50c40280d9fb64347");
}

TEST(RenderText, IsADiffOfEntriesThenFilesAndWarnings) {
    PlanReport report;
    report.entries = {{"/grub.cfg", "grub", "Install", 3, "linux /k", "linux /k debug"},
                      {"/grub.cfg", "grub", "Rescue", 7, "linux /k \\\n  x", "linux /k \\\n  x debug"}};
    report.diffs = {{"/grub.cfg", "grub", {{3, 1, 3, 1, "-linux /k\n+linux /k debug\n"}, {6, 2, 6, 3, "…\n"}}}};
    report.files = {{"/grub.cfg", "replace", 100}};
    report.warnings = {"careful"};
    report.plan_digest = "abc";
    report.delta_bytes = 1024;
    report.image_size = 2048;
    EXPECT_EQ(render_text(report),
              "# BIOS where it boots by GRUB; UEFI, CD (GRUB on the ISO)\n--- /grub.cfg\n+++ /grub.cfg\n"
              "@@ -3 +3 @@ grub: Install\n-linux /k\n+linux /k debug\n"
              "@@ -6,2 +6,3 @@ grub: Rescue\n…\n"
              "replace /grub.cfg (100 bytes, relocated)\nwarning: careful\ndelta 1.00 KiB, image 2.00 KiB, plan abc\n");
    EXPECT_EQ(render_json(report)["entries"][1]["line"], 7);
    EXPECT_EQ(render_json(report)["files"][0]["placement"], "relocated");
}

TEST(PlacementOf, TellsWhatFitsWhereItStands) {
    const struct {
        FileChange file;
        Placement placement;
    } rows[] = {
        {{"/preseed.cfg", "add", 1}, Placement::Added},
        {{"/isolinux/txt.cfg", "replace", 1}, Placement::Relocated},
        {{"initrd:/install.amd/initrd.gz:/preseed.cfg", "append-cpio", 1}, Placement::Relocated},
        {{"initrd:EFI:/arch/initramfs.img:/x", "append-cpio", 1}, Placement::Fits},
        {{"EFI:/loader/entries/01.conf", "fat-rewrite", 1}, Placement::Fits},
        {{"EFI partition", "fat-grow", 1}, Placement::Relocated},
        {{"/images/efiboot.img", "coreos-arguments-area", 1}, Placement::Fits},
        {{"/pool", "remove", 0}, Placement::None},
        {{"EFI:/boot/grub/grub.cfg", "unchanged: leads to other configurations", 0}, Placement::None},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(placement_of(row.file), row.placement) << row.file.path;
    }
}

}  // namespace
}  // namespace isolde::vmedia
